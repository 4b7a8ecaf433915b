package chat

import (
	"slices"
	"strings"
	"testing"
)

func TestWhoIsCalled(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"nobody here":                     nil,
		"@ann":                            {"ann"},
		"hello @ann, and @Bob!":           {"ann", "bob"},
		"(@ann)":                          {"ann"},
		"@ann @ANN":                       {"ann"},
		"is it you, @ann.":                {"ann.", "ann"},
		"@ann.-":                          {"ann.-", "ann"},
		"@ann.lee and @bob-by_":           {"ann.lee", "bob-by_"},
		"write to ann@example.com":        nil,
		"write to ann@example.com or @me": nil, // names have at least 3 characters
		"fediverse @ann@example.com":      nil,
		"@@ann":                           nil,
		"@":                               nil,
		"@ @@ @":                          nil,
		"you@ann":                         nil,
		"Ärger@ann":                       nil,
		"@annü":                           nil,
		"Hi.@ann":                         {"ann"},
		"你好@ann你好":                        {"ann"},
		"こんにちは@ann、":                      {"ann"},
		"@ann\n@bob":                      {"ann", "bob"},
		"@" + strings.Repeat("a", 51):     nil,
		"@all @everyone":                  nil,
		"@allan":                          {"allan"},
	} {
		names, everybody := mentionsIn(text)
		if !slices.Equal(names, want) || everybody != strings.Contains(text, "@all ") {
			t.Errorf("%q calls %q, everybody: %v", text, names, everybody)
		}
	}
	if _, everybody := mentionsIn("look, @Everyone."); !everybody {
		t.Error("not everybody is called")
	}
	var crowd strings.Builder
	for i := range 3 * maxMentions {
		crowd.WriteString(" @user" + strings.Repeat("x", i%10) + string(rune('a'+i%26)) + string(rune('a'+i/26)))
	}
	if names, _ := mentionsIn(crowd.String()); len(names) != maxMentions {
		t.Errorf("%d people are called", len(names))
	}
}

// What has no @ costs a look at its bytes.
func TestATextWithoutMentionsAllocatesNothing(t *testing.T) {
	text := strings.Repeat("a message of some length, as people write them ", 20)
	if n := testing.AllocsPerRun(100, func() { mentionsIn(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
