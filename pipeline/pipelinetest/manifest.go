package pipelinetest

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

// Signed gives a manifest that was edited the digest of its text, so that it takes a
// look at the rest to tell.
func Signed(text string) string {
	digest := regexp.MustCompile(`"manifest_sha256": "[^"]*"`)
	sum := sha256.Sum256([]byte(digest.ReplaceAllString(text, `"manifest_sha256": ""`)))
	return digest.ReplaceAllString(text, `"manifest_sha256": "`+hex.EncodeToString(sum[:])+`"`)
}
