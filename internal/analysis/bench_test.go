package analysis

import (
	"strings"
	"testing"
)

// BenchmarkIndex analyses a text of 5 kB, nearly all of whose words were met before.
func BenchmarkIndex(b *testing.B) {
	for locale, sentence := range map[string]string{
		"en": "The harbour authority said on Monday that running ferries had been delayed by heavier storms than expected. ",
		"ar": "وقالت الحكومة إن الانتخابات البرلمانية ستجرى في موعدها المحدد رغم الأمطار الغزيرة. ",
		"zh": "市政府周一表示，由于暴风雨比预期更强，渡轮服务已被推迟。",
	} {
		text := strings.Repeat(sentence, 5000/len(sentence))
		b.Run(locale, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				In(locale).Index(text)
			}
		})
	}
}
