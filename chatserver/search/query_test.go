package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestQueriesAreReadAsOnTheWeb(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"cats":               "(('cats'))",
		"Cats DOGS":          "(('cats') & ('dogs'))",
		`"cats and dogs"`:    "(('cats' <1> 'and' <1> 'dogs'))",
		"cats or dogs mice":  "(('cats')) | (('dogs') & ('mice'))",
		"cats -dogs":         "(('cats') & !('dogs'))",
		`cats -"big dogs"`:   "(('cats') & !('big' <1> 'dogs'))",
		"half-time":          "(('half' <1> 'time'))",
		"“curly quotes”":     "(('curly' <1> 'quotes'))",
		`open "end`:          "(('open') & ('end'))",
		"or cats or" + " or": "(('cats'))",
		`cats "or" dogs`:     "(('cats') & ('or') & ('dogs'))",
		"& cats | ! (dogs)":  "(('cats') & ('dogs'))",
		"cats - dogs":        "(('cats') & ('dogs'))",
		"你好":                 "(('你好'))",
		"你好世界":               "(('你好' <1> '好世' <1> '世界'))",
		"你好　世界":              "(('你好') & ('世界'))",
		`"你好 世界"`:            "(('你好' <2> '世界'))",
		"用Go写":               "(('用':* <1> 'go' <1> '写':*))",
		"语言Go":               "(('语言' <2> 'go'))",
		"3月":                 "(('3' <1> '月':*))",
		"👋🏽":                 "(('👋'))",
		"it's":               "(('it' <1> 's'))",
	} {
		q, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, strings.ReplaceAll(want, " ", ""), strings.ReplaceAll(q.TSQuery(), " ", ""), text)
	}
}

func TestQueriesThatFindNothingSayWhy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"": ErrNothing, " \t": ErrNothing, `""`: ErrNothing, "***": ErrNothing, "or": ErrNothing, "- -- or": ErrNothing, "& | !": ErrNothing, "…": ErrNothing,
		"我": ErrTooShort, `"我"`: ErrTooShort, "cats 我": ErrTooShort, "あ or cats": ErrTooShort, "나": ErrTooShort, "-我 cats": ErrTooShort,
		"-cats": ErrOnlyExcluded, "cats or -dogs": ErrOnlyExcluded,
	} {
		_, err := Parse(text)
		require.ErrorIs(t, err, want, text)
	}
	english := Dictionary{"the": nil, "of": nil, "cats": {"cat"}}
	for text, want := range map[string]error{
		"the": ErrStopWords, "the of": ErrStopWords, "the or of": ErrStopWords, "the -cats": ErrStopWords, `"the of"`: nil, "the cats": nil, "-the cats": nil,
	} {
		q, err := Parse(text)
		require.NoError(t, err, text)
		_, err = q.Resolve(english)
		require.ErrorIs(t, err, want, text)
	}
}

// marked shows where a query's words are in a text.
func marked(text string, spans []Span) string {
	runes := []rune(text)
	for _, s := range slices.Backward(spans) {
		runes = slices.Insert(slices.Insert(runes, s[1], ']'), s[0], '[')
	}
	return string(runes)
}

func TestTextsThatAnswerAQuery(t *testing.T) {
	t.Parallel()
	english := Dictionary{
		"running": {"run"}, "runs": {"run"}, "run": {"run"}, "the": nil, "shoes": {"shoe"}, "shoe": {"shoe"}, "new": {"new"}, "news": {"news"},
	}
	for _, c := range []struct{ query, text, want string }{ // want is empty where the text does not answer
		{"hello", "Hello, hello world", "[Hello], [hello] world"},
		{"hello world", "hello", ""},
		{"cafe", "Das Café", "Das [Café]"},
		{"CAFÉ", "cafe\u0301s and cafe\u0301", "cafe\u0301s and [cafe\u0301]"},
		{"run", "I was running in my shoes", "I was [running] in my shoes"},
		{"running the shoe", "runs, shoes", "[runs], [shoes]"},
		{`"run"`, "running", ""},
		{`"the new shoes"`, "the new shoes of the news", "[the new shoes] of the news"},
		{`"new shoes"`, "shoes, new", ""},
		{"new or run", "runs", "[runs]"},
		{"new -run", "new, and running", ""},
		{`new -"run new"`, "new run", "[new] run"},
		{"你好", "说你好世界", "说[你好]世界"},
		{"好世", "你好，世界", ""},
		{"你好世界", "你好世界你好", "[你好世界]你好"},
		{"世界 你好", "你好世界", "[你好世界]"},
		{"ガス", "ｶﾞｽ料金", "[ｶﾞｽ]料金"},
		{"학교", "학교에 간다", "[학교]에 간다"},
		{"A股", "买A股市场", "买[A股]市场"},
		{"用Go", "我用Go", "我[用Go]"},
		{"株式", "㍿です", "[㍿]です"},
		{"👋", "hi 👋🏽!", "hi [👋]🏽!"},
		{"👩‍💻", "a 👩🏽‍💻", "a [👩🏽‍💻]"},
		{"a b", "a b", "[a] [b]"},
		{"e-mail", "e-mail, email, e mail", "[e-mail], email, [e mail]"},
	} {
		q, err := Parse(c.query)
		require.NoError(t, err, c.query)
		q, err = q.Resolve(english)
		require.NoError(t, err, c.query)
		spans, ok := q.Match(Words(c.text), english)
		require.Equal(t, c.want != "", ok, "%q in %q", c.query, c.text)
		if ok {
			require.Equal(t, c.want, marked(c.text, spans), c.query)
		}
	}
}

func TestTheFirstHundredPlacesAreTold(t *testing.T) {
	t.Parallel()
	q, err := Parse("a")
	require.NoError(t, err)
	spans, ok := q.Match(Words(strings.Repeat("a b ", 500)), nil)
	require.True(t, ok)
	require.Len(t, spans, maxSpans)
	require.Equal(t, Span{396, 397}, spans[99])
}

// Whatever is asked of whatever text, places lie in it, in order and apart.
func FuzzSearch(f *testing.F) {
	for _, c := range [][2]string{
		{"hello -world or \"a b\"", "Hello world a b"}, {"你好世界", "你好世界 ｶﾞ㍿"}, {"👩‍💻", "👩🏽‍💻🇩🇪"}, {"\"", "\xff\u0301\u200d"}, {"-", "\ufdfa İẞ"}, {"A股 3月", "A股市场3月份"},
	} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, query, text string) {
		length := utf8.RuneCountInString(text)
		words := Words(text)
		for i, w := range words {
			if w.Start < 0 || w.Start >= w.End || w.End > length || w.Text == "" || !utf8.ValidString(w.Text) || i > 0 && w.Start < words[i-1].Start {
				t.Fatalf("%q has %+v", text, w)
			}
		}
		q, err := Parse(query)
		if err != nil {
			return
		}
		if q, err = q.Resolve(nil); err != nil {
			t.Fatal(err)
		}
		spans, ok := q.Match(words, nil)
		if ok != (len(spans) > 0) {
			t.Fatalf("%q in %q: %v, %v", query, text, ok, spans)
		}
		for i, s := range spans {
			if s[0] < 0 || s[0] >= s[1] || s[1] > length || i > 0 && s[0] <= spans[i-1][1] {
				t.Fatalf("%q in %q: %v", query, text, spans)
			}
		}
		// Whoever asks for a text's own words finds it.
		for _, w := range words[:min(len(words), 5)] {
			own, err := Parse(`"` + string([]rune(text)[w.Start:w.End]) + `"`)
			if err != nil {
				continue // a character alone
			}
			if _, ok := own.Match(words, nil); !ok {
				t.Fatalf("%q is not found in %q", w.Text, text)
			}
		}
	})
}
