#include "textflag.h"

// A step of a lane whose place is P and whose coefficient and state are S:
// coefficient | table <<16 | twice the slot <<32. It is that of run in
// lanesplain.go.
#define STEP(P, S, BLOCKS, SLOW) \
	MOVQ    P, BX             \
	SHRQ    $3, BX            \
	MOVQ    (SI)(BX*1), BX    \
	BSWAPQ  BX                \
	MOVQ    P, CX             \
	ANDL    $7, CX            \
	SHLQ    CX, BX            \
	SHRQ    $52, BX           \ // 64 less laneBits
	MOVQ    S, AX             \
	SHRQ    $16, AX           \
	MOVWLZX AX, AX            \
	ADDL    AX, BX            \
	MOVL    (DI)(BX*4), BX    \ // the entry
	MOVBLZX BX, CX            \ // its bits
	SHRL    $8, BX            \
	ADDQ    S, BX             \ // the coefficient reached
	MOVL    BX, AX            \
	ANDL    $1023, AX         \
	CMPL    AX, $64           \
	JHI     SLOW              \
	ADDQ    CX, P             \
	MOVWLZX BX, CX            \
	LEAL    1984(CX), AX      \
	SHRL    $11, AX           \ // whether the block is over
	SHRQ    $32, BX           \
	ADDL    AX, BX            \
	MOVL    (DX)(BX*4), S     \ // what follows
	SHLQ    $16, S            \
	ADDQ    AX, BLOCKS        \
	DECL    AX                \
	ANDL    CX, AX            \
	ORQ     AX, S

#define LOAD(AT, P, S, BLOCKS) \
	MOVQ (AT+8)(AX), P      \
	MOVL (AT+32)(AX), S     \
	SHLQ $16, S             \
	ORQ  (AT+24)(AX), S     \
	MOVQ (AT+40)(AX), BX    \
	MOVQ BX, BLOCKS

#define STORE(AT, P, S, BLOCKS) \
	MOVQ    P, (AT+8)(AX)    \
	MOVWLZX S, BX            \
	MOVQ    BX, (AT+24)(AX)  \
	SHRQ    $16, S           \
	MOVL    S, (AT+32)(AX)   \
	MOVQ    BLOCKS, BX       \
	MOVQ    BX, (AT+40)(AX)

// func laneSteps(buf *byte, entries, next *uint32, all *[lanes]lane, steps int) (slow int)
TEXT ·laneSteps(SB), NOSPLIT, $40-48
	MOVQ buf+0(FP), SI
	MOVQ entries+8(FP), DI
	MOVQ next+16(FP), DX
	MOVQ all+24(FP), AX
	LOAD(0, R8, R12, n0-8(SP))
	LOAD(56, R9, R13, n1-16(SP))
	LOAD(112, R10, R14, n2-24(SP))
	LOAD(168, R11, R15, n3-32(SP))
	MOVQ steps+32(FP), AX
	MOVQ AX, left-40(SP)

loop:
	STEP(R8, R12, n0-8(SP), slow0)
	STEP(R9, R13, n1-16(SP), slow1)
	STEP(R10, R14, n2-24(SP), slow2)
	STEP(R11, R15, n3-32(SP), slow3)
	DECQ left-40(SP)
	JNZ  loop
	MOVQ $-1, CX
	JMP  done

slow0:
	MOVQ $0, CX
	JMP  done

slow1:
	MOVQ $1, CX
	JMP  done

slow2:
	MOVQ $2, CX
	JMP  done

slow3:
	MOVQ $3, CX

done:
	MOVQ all+24(FP), AX
	STORE(0, R8, R12, n0-8(SP))
	STORE(56, R9, R13, n1-16(SP))
	STORE(112, R10, R14, n2-24(SP))
	STORE(168, R11, R15, n3-32(SP))
	MOVQ CX, slow+40(FP)
	RET
