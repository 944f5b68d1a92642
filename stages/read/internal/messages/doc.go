// Package messages checks the messages of Arrow IPC before arrow-go decodes them: that
// bodies are there, that the flatbuffers of their metadata claim no more than there is,
// that a batch has the buffers that its schema needs, and that compressed buffers do not
// unpack to more than they may. arrow-go makes room for whatever a vector of the metadata,
// or the length in front of a compressed buffer, claims, and reads vectors beyond their
// end.
//
// It never looks at values.
package messages
