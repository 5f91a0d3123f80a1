package relate

// Join adds what another count has counted, which is used up by that. So documents can be counted on many processors.
func (c *Count) Join(other *Count) {
	if c.locales == nil {
		c.locales = other.locales
		return
	}
	for locale, o := range other.locales {
		l := c.locales[locale]
		if l == nil {
			c.locales[locale] = o
			continue
		}
		l.documents += o.documents
		l.words += o.words
		for k, n := range o.counts {
			l.counts[k] += n
		}
	}
}
