#include "textflag.h"

// func markerIn(data *byte, n int) int
TEXT ·markerIn(SB), NOSPLIT, $0-24
	MOVQ    data+0(FP), SI
	MOVQ    n+8(FP), CX
	XORQ    AX, AX
	PCMPEQB X0, X0         // sixteen 0xff
	PXOR    X1, X1         // sixteen 0

loop:
	CMPQ     AX, CX
	JGE      none
	MOVOU    (SI)(AX*1), X2
	MOVOU    1(SI)(AX*1), X3
	MOVOU    16(SI)(AX*1), X4
	MOVOU    17(SI)(AX*1), X5
	PCMPEQB  X0, X2        // is it 0xff
	PCMPEQB  X1, X3        // is the one after it 0
	PCMPEQB  X0, X4
	PCMPEQB  X1, X5
	PANDN    X2, X3
	PANDN    X4, X5
	PMOVMSKB X3, DX
	PMOVMSKB X5, BX
	SHLQ     $16, BX
	ORQ      BX, DX
	JNZ      found
	ADDQ     $32, AX
	JMP      loop

found:
	BSFQ DX, DX
	ADDQ DX, AX
	MOVQ AX, ret+16(FP)
	RET

none:
	MOVQ $-1, ret+16(FP)
	RET
