package resources

import "strings"

// Version is what people call the version of an image: its tag, or the first
// twelve digits of its digest, or "latest". It is a valid label value.
func Version(image string) string {
	name, digest, hasDigest := strings.Cut(image, "@")
	repository := name[strings.LastIndex(name, "/")+1:]
	_, tag, hasTag := strings.Cut(repository, ":")
	switch {
	case hasTag && tag != "":
		return labelValue(tag)
	case hasDigest:
		_, hex, _ := strings.Cut(digest, ":")
		return labelValue(hex[:min(len(hex), 12)])
	default:
		return "latest"
	}
}

// labelValue cuts text to what a label may hold: 63 characters that begin and end
// with a letter or digit.
func labelValue(text string) string {
	return strings.Trim(text[:min(len(text), 63)], "-_.")
}
