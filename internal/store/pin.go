package store

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// choices writes what editors want to see beside an article, and what not. Of two that name the same article the first
// counts.
func (b *batch) choices(it *item) error {
	b.clear(it, `DELETE FROM related_articles WHERE article_id = ?`)
	b.clear(it, `DELETE FROM hidden_related_articles WHERE article_id = ?`)
	seen := map[news.ID]bool{it.id: true}
	var pins [][4]any
	for _, p := range it.Article.Related {
		other, err := b.node(it, "related", p.Article, news.KindArticle)
		if err != nil {
			return err
		}
		if other != 0 && !seen[other] {
			seen[other] = true
			pins = append(pins, [4]any{int64(other), orNullText(strings.TrimSpace(p.Note)), millis(p.ExpiresAt), p.IsMutual})
		}
	}
	if len(pins) > 0 {
		b.exec(`INSERT INTO related_articles (article_id, position, related_id, note, expires_at, is_mutual)
			SELECT ?, key, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)`, int64(it.id), asJSON(pins))
	}
	seen = map[news.ID]bool{it.id: true}
	var hides [][2]any
	for _, h := range it.Article.Hidden {
		other, err := b.node(it, "hidden", h.Article, news.KindArticle)
		if err != nil {
			return err
		}
		if other != 0 && !seen[other] {
			seen[other] = true
			hides = append(hides, [2]any{int64(other), h.IsMutual})
		}
	}
	if len(hides) > 0 {
		b.exec(`INSERT INTO hidden_related_articles (article_id, hidden_id, is_mutual) SELECT ?, value ->> 0, value ->> 1 FROM json_each(?)`,
			int64(it.id), asJSON(hides))
	}
	return nil
}

// loadPartners reads the articles in whose lists an article's own choices show.
func (b *batch) loadPartners(it *item) error {
	return b.db.Query(b.ctx, engine.Stmt{
		SQL: `SELECT related_id FROM related_articles WHERE article_id = ?1 AND is_mutual
			UNION SELECT hidden_id FROM hidden_related_articles WHERE article_id = ?1 AND is_mutual`,
		Args: []any{int64(it.id)},
		Scan: func(r *engine.Row) error { it.stored.listed = append(it.stored.listed, id(r)); return nil },
	})
}

// pendingPins are what articles' records say of pins and hides whose articles have not come yet: the tables have only their
// refs.
func pendingPins(ids []news.ID, set func(news.ID, *news.ArticleRecord)) engine.Stmt {
	return perNode(ids, `SELECT p.subject, p.record FROM json_each(?) j CROSS JOIN pending_records p ON p.subject = j.value
		WHERE `+isCurrent+` AND EXISTS (SELECT 1 FROM json_each(p.missing) m WHERE m.value ->> 2 IN ('related', 'hidden'))`,
		func(r *engine.Row) error {
			article := id(r)
			var record news.Record
			if err := json.Unmarshal([]byte(r.Text()), &record); err != nil {
				return err
			}
			set(article, record.Article)
			return nil
		})
}

// Relate makes an edit of an article and, in the same batch, of another one that it concerns. The second may leave its
// article as it is; unless it changes something or both is set, its grant is not asked.
func (s *Store) Relate(ctx context.Context, e, other Edit, both bool) (Saved, error) {
	return s.saveWith(ctx, e, func(b *batch) error {
		if both {
			if err := b.mayEdit(ctx, other, other.ID.Kind()); err != nil {
				return err
			}
		}
		st, err := b.stateFor(ctx, other)
		if err != nil {
			return err
		}
		after := copyOf(&st.record)
		if err := other.Change(after); err != nil {
			return err
		}
		if len(changedFields(asFields(st.record), asFields(*after))) == 0 {
			return nil
		}
		_, err = b.edit(other)
		return err
	})
}
