package search

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// written shows words as text:place, apart by spaces.
func written(words []Word) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = fmt.Sprintf("%s[%d,%d)", w.Text, w.Start, w.End)
	}
	return strings.Join(list, " ")
}

func TestWordsOfTexts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, words string }{
		"nothing":                         {"", ""},
		"no word":                         {" \n…!? — () ", ""},
		"upper and lower case":            {"Hello, WORLD", "hello[0,5) world[7,12)"},
		"an apostrophe parts":             {"don't", "don[0,3) t[4,5)"},
		"digits":                          {"at 10:30", "at[0,2) 10[3,5) 30[6,8)"},
		"accents":                         {"Café Ångström naïve", "cafe[0,4) angstrom[5,13) naive[14,19)"},
		"accents as marks":                {"Cafe\u0301 yes", "cafe[0,5) yes[6,9)"},
		"ligatures and letters of others": {"Straße œuvre ﬁne", "strasse[0,6) oeuvre[7,12) fine[13,16)"},
		"marks that tell words apart":     {"йод ёлка हिन्दी", "йод[0,3) елка[4,8) हिन्दी[9,15)"},
		"final sigma":                     {"Οδυσσεύς", "οδυσσευσ[0,8)"},
		"full width":                      {"ＵＩＭ １２", "uim[0,3) 12[4,6)"},
		"Chinese":                         {"你好世界", "你好[0,2) 好世[1,3) 世界[2,4) 界[3,4)"},
		"one character alone":             {"我 a", "我[0,1) a[2,3)"},
		"Japanese":                        {"データを見る", "デー[0,2) ータ[1,3) タを[2,4) を見[3,5) 見る[4,6) る[5,6)"},
		"a character of several words":    {"1½ ﷺ0", "1[0,1) 1[1,2) 2[1,2) صلى[3,4) الله[3,4) عليه[3,4) وسلم[3,4) 0[4,5)"},
		"half-width Japanese":             {"ｶﾞｽ", "ガス[0,3) ス[2,3)"},
		"Korean":                          {"학교에 간다", "학교[0,2) 교에[1,3) 에[2,3) 간다[4,6) 다[5,6)"},
		"Korean in parts":                 {"\u1112\u1161\u11a8\u1100\u116d", "학교[0,5) 교[3,5)"},
		"Thai":                            {"สวัส", "สว[0,2) วั[1,3) ัส[2,4) ส[3,4)"},
		"mixed without spaces":            {"用Go写UIM3月", "用[0,1) go[1,3) 写[3,4) uim3[4,8) 月[8,9)"},
		"emoji":                           {"👋🏽👍 ok", "👋[0,1) 👍[2,3) ok[4,6)"},
		"emoji that are joined":           {"👩\u200d💻", "👩[0,1) 💻[2,3)"},
		"a flag":                          {"🇩🇪", "🇩[0,1) 🇪[1,2)"},
		"what is not seen":                {"so\u00adft 葛\U000e0100城", "soft[0,5) 葛城[6,9) 城[8,9)"},
		"one sign for a word":             {"㍿", "株式[0,1) 式会[0,1) 会社[0,1) 社[0,1)"},
		"an address":                      {"https://uim.dev/a_b", "https[0,5) uim[8,11) dev[12,15) a[16,17) b[18,19)"},
		"invalid UTF-8":                   {"a\xffb", "a[0,1) b[2,3)"},
	} {

		require.Equal(t, c.words, written(Words(c.text)), name)
	}
}

func TestALongWordCountsByItsBeginning(t *testing.T) {
	t.Parallel()
	words := Words(strings.Repeat("x", 5000) + " y")
	require.Len(t, words, 2)
	require.Equal(t, strings.Repeat("x", maxWord), words[0].Text)
	require.Equal(t, 5000, words[0].End)
}
