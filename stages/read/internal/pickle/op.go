package pickle

import "fmt"

// Op is an opcode byte, named as in CPython's Lib/pickle.py.
type Op byte

// The opcodes of protocols 0 to 5.
const (
	opMark           Op = '('
	opStop           Op = '.'
	opPop            Op = '0'
	opPopMark        Op = '1'
	opDup            Op = '2'
	opFloat          Op = 'F'
	opInt            Op = 'I'
	opBinInt         Op = 'J'
	opBinInt1        Op = 'K'
	opLong           Op = 'L'
	opBinInt2        Op = 'M'
	opNone           Op = 'N'
	opPersID         Op = 'P'
	opBinPersID      Op = 'Q'
	opReduce         Op = 'R'
	opString         Op = 'S'
	opBinString      Op = 'T'
	opShortBinString Op = 'U'
	opUnicode        Op = 'V'
	opBinUnicode     Op = 'X'
	opAppend         Op = 'a'
	opBuild          Op = 'b'
	opGlobal         Op = 'c'
	opDict           Op = 'd'
	opEmptyDict      Op = '}'
	opAppends        Op = 'e'
	opGet            Op = 'g'
	opBinGet         Op = 'h'
	opInst           Op = 'i'
	opLongBinGet     Op = 'j'
	opList           Op = 'l'
	opEmptyList      Op = ']'
	opObj            Op = 'o'
	opPut            Op = 'p'
	opBinPut         Op = 'q'
	opLongBinPut     Op = 'r'
	opSetItem        Op = 's'
	opTuple          Op = 't'
	opEmptyTuple     Op = ')'
	opSetItems       Op = 'u'
	opBinFloat       Op = 'G'

	opProto    Op = 0x80
	opNewObj   Op = 0x81
	opExt1     Op = 0x82
	opExt2     Op = 0x83
	opExt4     Op = 0x84
	opTuple1   Op = 0x85
	opTuple2   Op = 0x86
	opTuple3   Op = 0x87
	opNewTrue  Op = 0x88
	opNewFalse Op = 0x89
	opLong1    Op = 0x8a
	opLong4    Op = 0x8b

	opBinBytes      Op = 'B'
	opShortBinBytes Op = 'C'

	opShortBinUnicode Op = 0x8c
	opBinUnicode8     Op = 0x8d
	opBinBytes8       Op = 0x8e
	opEmptySet        Op = 0x8f
	opAddItems        Op = 0x90
	opFrozenSet       Op = 0x91
	opNewObjEx        Op = 0x92
	opStackGlobal     Op = 0x93
	opMemoize         Op = 0x94
	opFrame           Op = 0x95

	opByteArray8     Op = 0x96
	opNextBuffer     Op = 0x97
	opReadonlyBuffer Op = 0x98
)

// form is how an opcode's operand is written.
type form uint8

const (
	formUnknown form = iota
	formNone
	formU1    // one byte
	formU2    // two bytes, little endian
	formI4    // four bytes, signed
	formU4    // four bytes, unsigned
	formU8    // eight bytes, unsigned
	formF8    // eight bytes, big-endian double
	formLine  // text up to a newline
	formLines // two lines
	formBody1 // length in one byte, then the body
	formBody4 // length in four bytes, unsigned, then the body
	formBodyI // length in four bytes, signed (Python 2 strings, LONG4)
	formBody8 // length in eight bytes, then the body
)

// opInfo is what the tokenizer knows of an opcode.
type opInfo struct {
	form    form
	proto   uint8 // lowest protocol that has it
	refused bool  // no table ever holds it
	name    string
}

// ops describes every opcode byte; never changed.
var ops = [256]opInfo{
	opMark:           {formNone, 0, false, "MARK"},
	opStop:           {formNone, 0, false, "STOP"},
	opPop:            {formNone, 0, true, "POP"},
	opPopMark:        {formNone, 1, true, "POP_MARK"},
	opDup:            {formNone, 0, true, "DUP"},
	opFloat:          {formLine, 0, false, "FLOAT"},
	opInt:            {formLine, 0, false, "INT"},
	opBinInt:         {formI4, 1, false, "BININT"},
	opBinInt1:        {formU1, 1, false, "BININT1"},
	opLong:           {formLine, 0, false, "LONG"},
	opBinInt2:        {formU2, 1, false, "BININT2"},
	opNone:           {formNone, 0, false, "NONE"},
	opPersID:         {formLine, 0, true, "PERSID"},
	opBinPersID:      {formNone, 1, true, "BINPERSID"},
	opReduce:         {formNone, 0, false, "REDUCE"},
	opString:         {formLine, 0, false, "STRING"},
	opBinString:      {formBodyI, 1, false, "BINSTRING"},
	opShortBinString: {formBody1, 1, false, "SHORT_BINSTRING"},
	opUnicode:        {formLine, 0, false, "UNICODE"},
	opBinUnicode:     {formBody4, 1, false, "BINUNICODE"},
	opAppend:         {formNone, 0, false, "APPEND"},
	opBuild:          {formNone, 0, false, "BUILD"},
	opGlobal:         {formLines, 0, false, "GLOBAL"},
	opDict:           {formNone, 0, false, "DICT"},
	opEmptyDict:      {formNone, 1, false, "EMPTY_DICT"},
	opAppends:        {formNone, 1, false, "APPENDS"},
	opGet:            {formLine, 0, false, "GET"},
	opBinGet:         {formU1, 1, false, "BINGET"},
	opInst:           {formLines, 0, false, "INST"},
	opLongBinGet:     {formU4, 1, false, "LONG_BINGET"},
	opList:           {formNone, 0, false, "LIST"},
	opEmptyList:      {formNone, 1, false, "EMPTY_LIST"},
	opObj:            {formNone, 1, true, "OBJ"},
	opPut:            {formLine, 0, false, "PUT"},
	opBinPut:         {formU1, 1, false, "BINPUT"},
	opLongBinPut:     {formU4, 1, false, "LONG_BINPUT"},
	opSetItem:        {formNone, 0, false, "SETITEM"},
	opTuple:          {formNone, 0, false, "TUPLE"},
	opEmptyTuple:     {formNone, 1, false, "EMPTY_TUPLE"},
	opSetItems:       {formNone, 1, false, "SETITEMS"},
	opBinFloat:       {formF8, 1, false, "BINFLOAT"},

	opProto:    {formU1, 2, false, "PROTO"},
	opNewObj:   {formNone, 2, false, "NEWOBJ"},
	opExt1:     {formU1, 2, true, "EXT1"},
	opExt2:     {formU2, 2, true, "EXT2"},
	opExt4:     {formU4, 2, true, "EXT4"},
	opTuple1:   {formNone, 2, false, "TUPLE1"},
	opTuple2:   {formNone, 2, false, "TUPLE2"},
	opTuple3:   {formNone, 2, false, "TUPLE3"},
	opNewTrue:  {formNone, 2, false, "NEWTRUE"},
	opNewFalse: {formNone, 2, false, "NEWFALSE"},
	opLong1:    {formBody1, 2, false, "LONG1"},
	opLong4:    {formBodyI, 2, false, "LONG4"},

	opBinBytes:      {formBody4, 3, false, "BINBYTES"},
	opShortBinBytes: {formBody1, 3, false, "SHORT_BINBYTES"},

	opShortBinUnicode: {formBody1, 4, false, "SHORT_BINUNICODE"},
	opBinUnicode8:     {formBody8, 4, false, "BINUNICODE8"},
	opBinBytes8:       {formBody8, 4, false, "BINBYTES8"},
	opEmptySet:        {formNone, 4, false, "EMPTY_SET"},
	opAddItems:        {formNone, 4, false, "ADDITEMS"},
	opFrozenSet:       {formNone, 4, false, "FROZENSET"},
	opNewObjEx:        {formNone, 4, false, "NEWOBJ_EX"},
	opStackGlobal:     {formNone, 4, false, "STACK_GLOBAL"},
	opMemoize:         {formNone, 4, false, "MEMOIZE"},
	opFrame:           {formU8, 4, false, "FRAME"},

	opByteArray8:     {formBody8, 5, false, "BYTEARRAY8"},
	opNextBuffer:     {formNone, 5, true, "NEXT_BUFFER"},
	opReadonlyBuffer: {formNone, 5, true, "READONLY_BUFFER"},
}

// forms is the forms of ops, close together: they are looked up at every opcode.
var forms = func() (f [256]form) {
	for op, info := range ops {
		f[op] = info.form
	}
	return f
}()

// String returns CPython's name of the opcode.
func (o Op) String() string {
	if n := ops[o].name; n != "" {
		return n
	}
	return fmt.Sprintf("byte 0x%02x", byte(o))
}
