package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// Records are nodes of any kind and status, as an import would bring them: the whole state that a person can edit. Refs are
// those that nodes were imported under, else dateline: and the id; references to what has not come yet are among them.
// Ids of nothing are not in the map.
func (s *Store) Records(ctx context.Context, ids []news.ID) (map[news.ID]news.Record, error) {
	found := make(map[news.ID]news.Record, len(ids))
	of := map[news.IDKind][]news.ID{}
	for _, id := range ids {
		of[id.Kind()] = append(of[id.Kind()], id)
	}
	for kind, ids := range of {
		var read func(context.Context, []news.ID) (map[news.ID]news.Record, error)
		switch kind {
		case news.KindSite:
			read = s.siteRecord
		case news.KindImage:
			read = s.imageRecords
		case news.KindAuthor:
			read = s.authorRecords
		case news.KindTopic:
			read = s.topicRecords
		case news.KindCategory:
			read = s.categoryRecords
		case news.KindPage:
			read = s.pageRecords
		case news.KindArticle:
			read = s.articleRecords
		case news.KindHistoricalEvent:
			read = s.eventRecords
		default:
			continue
		}
		records, err := read(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("read records: %w", err)
		}
		for id, r := range records {
			found[id] = r
		}
	}
	return found, nil
}

// perNode is a statement about nodes whose ids are its one argument.
func perNode(ids []news.ID, sql string, scan func(*engine.Row) error) engine.Stmt {
	return engine.Stmt{SQL: sql, Args: []any{idList(ids)}, Scan: scan}
}

// refIfSet is the ref of a node that need not be there.
func refIfSet(node news.ID, ref *string) news.Ref {
	if node == 0 {
		return ""
	}
	return refOr(ref, node)
}

// missingOf reads the references of records to what nobody has imported yet.
func missingOf(ids []news.ID, set func(node news.ID, relation string, ref news.Ref)) engine.Stmt {
	return perNode(ids, `SELECT p.subject, m.value ->> 2, m.value ->> 0 || ':' || (m.value ->> 1) FROM json_each(?) j CROSS JOIN pending_records p ON p.subject = j.value
			CROSS JOIN json_each(p.missing) m WHERE `+isCurrent+` ORDER BY p.subject, m.key`,
		func(r *engine.Row) error { set(id(r), r.Text(), news.Ref(r.Text())); return nil })
}

// earlierPaths reads the paths that lead to nodes.
func earlierPaths(ids []news.ID, add func(node news.ID, path news.Path)) engine.Stmt {
	return perNode(ids, `SELECT p.subject, p.path FROM json_each(?) j CROSS JOIN paths p ON p.subject = j.value WHERE p.state = 'MOVED' ORDER BY p.subject, p.path`,
		func(r *engine.Row) error { add(id(r), news.Path(r.Text())); return nil })
}

// externalRefsOf reads the names of nodes in other systems.
func externalRefsOf(ids []news.ID, add func(node news.ID, ref news.ExternalRef)) engine.Stmt {
	return perNode(ids, `SELECT x.subject, x.system, x.value, x.url FROM json_each(?) j CROSS JOIN external_refs x ON x.subject = j.value ORDER BY x.subject, x.system, x.value`,
		func(r *engine.Row) error {
			add(id(r), news.ExternalRef{System: r.Text(), Value: r.Text(), URL: nullURL(r)})
			return nil
		})
}

// isOwn says whether a name is the one that its record has already.
func isOwn(own news.Ref, ref news.ExternalRef) bool {
	return news.Ref(ref.System+":"+ref.Value) == own && ref.URL == nil
}

func (s *Store) articleRecords(ctx context.Context, ids []news.ID) (map[news.ID]news.Record, error) {
	found := make(map[news.ID]news.Record, len(ids))
	of := func(id news.ID) *news.ArticleRecord { return found[id].Article }
	err := s.db.Query(ctx,
		perNode(ids, `SELECT `+articleColumns+`, `+scheduleColumns+`, b.html, NOT e.is_syndicatable, `+refOf("e.id")+`, `+refOf("e.primary_category_id")+`, `+refOf("e.lead_image_id")+`,
				o.id, `+refOf("o.id")+`
			FROM json_each(?) j CROSS JOIN articles e ON e.id = j.value CROSS JOIN bodies b ON b.entry_id = e.id
			LEFT JOIN articles o ON o.id = e.translation_group AND o.id <> e.id`,
			func(r *engine.Row) error {
				a, err := scanArticle(r)
				rec := &news.ArticleRecord{Article: *a, Schedule: scanSchedule(r), Body: news.HTML(r.Text()), IsNotSyndicatable: r.Bool()}
				rec.ID, rec.Revision, rec.Title = 0, 0, titleSource(a.Title)
				own, primary, image := refOr(r.NullText(), a.ID), r.NullText(), r.NullText()
				rec.PrimaryCategory, rec.LeadImage = refIfSet(a.PrimaryCategoryID, primary), refIfSet(a.LeadImageID, image)
				original := nullID(r)
				rec.TranslationOf = refIfSet(original, r.NullText())
				found[a.ID] = news.Record{Ref: own, Article: rec}
				return err
			}),
		perNode(ids, `SELECT l.article_id, l.category_id, `+refOf("l.category_id")+` FROM json_each(?) j CROSS JOIN article_categories l ON l.article_id = j.value
			ORDER BY l.article_id, l.position`,
			func(r *engine.Row) error {
				a, category := of(id(r)), id(r)
				a.Categories = append(a.Categories, refOr(r.NullText(), category))
				return nil
			}),
		perNode(ids, `SELECT l.article_id, l.topic_id, `+refOf("l.topic_id")+`, l.relevance, l.source FROM json_each(?) j CROSS JOIN article_topics l ON l.article_id = j.value
			ORDER BY l.article_id, l.topic_id`,
			func(r *engine.Row) error {
				a, topic := of(id(r)), id(r)
				ref := refOr(r.NullText(), topic)
				a.Topics = append(a.Topics, news.TopicLink{Topic: ref, Relevance: new(r.Float()), Source: news.AssignmentSource(r.Text())})
				return nil
			}),
		perNode(ids, `SELECT l.article_id, l.name, l.role, l.author_id, `+refOf("l.author_id")+` FROM json_each(?) j CROSS JOIN bylines l ON l.article_id = j.value
			ORDER BY l.article_id, l.position`,
			func(r *engine.Row) error {
				a := of(id(r))
				c := news.CreditRecord{Name: titleSource(r.Text()), Role: news.BylineRole(r.Text())}
				author := nullID(r)
				c.Author = refIfSet(author, r.NullText())
				a.Byline = append(a.Byline, c)
				return nil
			}),
		perNode(ids, `SELECT l.article_id, l.related_id, `+refOf("l.related_id")+`, coalesce(l.note, ''), l.expires_at, l.is_mutual
			FROM json_each(?) j CROSS JOIN related_articles l ON l.article_id = j.value ORDER BY l.article_id, l.position`,
			func(r *engine.Row) error {
				a, related := of(id(r)), id(r)
				a.Related = append(a.Related, news.Pin{Article: refOr(r.NullText(), related), Note: r.Text(), ExpiresAt: nullInstant(r), IsMutual: r.Bool()})
				return nil
			}),
		perNode(ids, `SELECT l.article_id, l.hidden_id, `+refOf("l.hidden_id")+`, l.is_mutual FROM json_each(?) j
			CROSS JOIN hidden_related_articles l ON l.article_id = j.value ORDER BY l.article_id, l.hidden_id`,
			func(r *engine.Row) error {
				a, hidden := of(id(r)), id(r)
				a.Hidden = append(a.Hidden, news.Hide{Article: refOr(r.NullText(), hidden), IsMutual: r.Bool()})
				return nil
			}),
		perNode(ids, `SELECT c.article_id, c.kind, c.notice, c.at FROM json_each(?) j CROSS JOIN corrections c ON c.article_id = j.value
			ORDER BY c.article_id, c.position`,
			func(r *engine.Row) error {
				a := of(id(r))
				a.Corrections = append(a.Corrections, news.Correction{Kind: news.CorrectionKind(r.Text()), Notice: r.Text(), At: instant(r)})
				return nil
			}),
		perNode(ids, `SELECT l.article_id, l.event_id, `+refOf("l.event_id")+` FROM json_each(?) j CROSS JOIN article_events l ON l.article_id = j.value
			ORDER BY l.article_id, l.event_id`,
			func(r *engine.Row) error {
				a, event := of(id(r)), id(r)
				a.Events = append(a.Events, refOr(r.NullText(), event))
				return nil
			}),
		missingOf(ids, func(node news.ID, relation string, ref news.Ref) {
			a := of(node)
			switch relation {
			case "primaryCategory":
				a.PrimaryCategory = ref
			case "categories":
				a.Categories = append(a.Categories, ref)
			case "topics":
				a.Topics = append(a.Topics, news.TopicLink{Topic: ref})
			case "byline":
				_, name := splitRef(ref)
				for i := range a.Byline {
					if a.Byline[i].Author == "" && a.Byline[i].Name == titleSource(name) {
						a.Byline[i] = news.CreditRecord{Role: a.Byline[i].Role, Author: ref}
						break
					}
				}
			case "leadImage":
				a.LeadImage = ref
			case "related":
				a.Related = append(a.Related, news.Pin{Article: ref})
			case "hidden":
				a.Hidden = append(a.Hidden, news.Hide{Article: ref})
			case "events":
				a.Events = append(a.Events, ref)
			case "translationOf":
				a.TranslationOf = ref
			}
		}),
		pendingPins(ids, func(node news.ID, from *news.ArticleRecord) {
			a := of(node)
			for i, p := range a.Related {
				if at := slices.IndexFunc(from.Related, func(f news.Pin) bool { return f.Article == p.Article }); at >= 0 && p == (news.Pin{Article: p.Article}) {
					a.Related[i] = from.Related[at]
				}
			}
			for i, h := range a.Hidden {
				a.Hidden[i].IsMutual = h.IsMutual || slices.Contains(from.Hidden, news.Hide{Article: h.Article, IsMutual: true})
			}
		}),
		earlierPaths(ids, func(node news.ID, path news.Path) { of(node).RedirectsFrom = append(of(node).RedirectsFrom, path) }),
		externalRefsOf(ids, func(node news.ID, ref news.ExternalRef) {
			if !isOwn(found[node].Ref, ref) {
				of(node).ExternalRefs = append(of(node).ExternalRefs, ref)
			}
		}),
	)
	return found, err
}

func (s *Store) pageRecords(ctx context.Context, ids []news.ID) (map[news.ID]news.Record, error) {
	found := make(map[news.ID]news.Record, len(ids))
	of := func(id news.ID) *news.PageRecord { return found[id].Page }
	err := s.db.Query(ctx,
		perNode(ids, `SELECT `+headColumns+`, e.parent_id, `+scheduleColumns+`, b.html, `+refOf("e.id")+`, `+refOf("e.parent_id")+`
			FROM json_each(?) j CROSS JOIN pages e ON e.id = j.value CROSS JOIN bodies b ON b.entry_id = e.id`,
			func(r *engine.Row) error {
				p := scanPage(r)
				rec := &news.PageRecord{Page: *p, Schedule: scanSchedule(r), Body: news.HTML(r.Text())}
				rec.ID, rec.Revision, rec.Title = 0, 0, titleSource(p.Title)
				own := refOr(r.NullText(), p.ID)
				rec.Parent = refIfSet(p.ParentID, r.NullText())
				found[p.ID] = news.Record{Ref: own, Page: rec}
				return nil
			}),
		missingOf(ids, func(node news.ID, _ string, ref news.Ref) { of(node).Parent = ref }),
		earlierPaths(ids, func(node news.ID, path news.Path) { of(node).RedirectsFrom = append(of(node).RedirectsFrom, path) }),
		externalRefsOf(ids, func(node news.ID, ref news.ExternalRef) {
			if !isOwn(found[node].Ref, ref) {
				of(node).ExternalRefs = append(of(node).ExternalRefs, ref)
			}
		}),
	)
	return found, err
}

func (s *Store) categoryRecords(ctx context.Context, ids []news.ID) (map[news.ID]news.Record, error) {
	found := make(map[news.ID]news.Record, len(ids))
	err := s.db.Query(ctx,
		perNode(ids, `SELECT `+categoryColumns+`, `+refOf("e.id")+`, `+refOf("e.parent_id")+` FROM json_each(?) j CROSS JOIN categories e ON e.id = j.value`,
			func(r *engine.Row) error {
				c, err := scanCategory(r)
				own := refOr(r.NullText(), c.ID)
				rec := &news.CategoryRecord{Category: *c, Parent: refIfSet(c.ParentID, r.NullText())}
				rec.Name = titleSource(c.Name)
				found[c.ID] = news.Record{Ref: own, Category: rec}
				return err
			}),
		missingOf(ids, func(node news.ID, _ string, ref news.Ref) { found[node].Category.Parent = ref }),
		earlierPaths(ids, func(node news.ID, path news.Path) {
			found[node].Category.RedirectsFrom = append(found[node].Category.RedirectsFrom, path)
		}),
	)
	return found, err
}

func (s *Store) topicRecords(ctx context.Context, ids []news.ID) (map[news.ID]news.Record, error) {
	found := make(map[news.ID]news.Record, len(ids))
	err := s.db.Query(ctx,
		perNode(ids, `SELECT `+topicColumns+`, `+refOf("e.id")+`, `+refOf("e.image_id")+` FROM json_each(?) j CROSS JOIN topics e ON e.id = j.value`,
			func(r *engine.Row) error {
				t, err := scanTopic(r)
				own := refOr(r.NullText(), t.ID)
				rec := &news.TopicRecord{Topic: *t, Image: refIfSet(t.ImageID, r.NullText())}
				rec.Name = titleSource(t.Name)
				found[t.ID] = news.Record{Ref: own, Topic: rec}
				return err
			}),
		missingOf(ids, func(node news.ID, _ string, ref news.Ref) { found[node].Topic.Image = ref }),
		earlierPaths(ids, func(node news.ID, path news.Path) {
			found[node].Topic.RedirectsFrom = append(found[node].Topic.RedirectsFrom, path)
		}),
	)
	return found, err
}

func (s *Store) authorRecords(ctx context.Context, ids []news.ID) (map[news.ID]news.Record, error) {
	found := make(map[news.ID]news.Record, len(ids))
	err := s.db.Query(ctx,
		perNode(ids, `SELECT `+authorColumns+`, `+refOf("e.id")+`, `+refOf("e.portrait_id")+` FROM json_each(?) j CROSS JOIN authors e ON e.id = j.value`,
			func(r *engine.Row) error {
				a, err := scanAuthor(r)
				own := refOr(r.NullText(), a.ID)
				rec := &news.AuthorRecord{Author: *a, Portrait: refIfSet(a.PortraitID, r.NullText())}
				if rec.Name = titleSource(a.Name); a.Bio != nil {
					rec.Bio = a.Bio.HTML
				}
				found[a.ID] = news.Record{Ref: own, Author: rec}
				return err
			}),
		missingOf(ids, func(node news.ID, _ string, ref news.Ref) { found[node].Author.Portrait = ref }),
		earlierPaths(ids, func(node news.ID, path news.Path) {
			found[node].Author.RedirectsFrom = append(found[node].Author.RedirectsFrom, path)
		}),
	)
	return found, err
}

func (s *Store) imageRecords(ctx context.Context, ids []news.ID) (map[news.ID]news.Record, error) {
	found := make(map[news.ID]news.Record, len(ids))
	err := s.db.Query(ctx, perNode(ids, `SELECT `+imageColumns+`, `+refOf("e.id")+` FROM json_each(?) j CROSS JOIN images e ON e.id = j.value`,
		func(r *engine.Row) error {
			i := scanImage(r)
			rec := &news.ImageRecord{Image: *i}
			rec.Title, rec.Credit, rec.AltText = titleSourceOf(i.Title), titleSourceOf(i.Credit), titleSourceOf(i.AltText)
			if i.Caption != nil {
				rec.Caption = i.Caption.HTML
			}
			found[i.ID] = news.Record{Ref: refOr(r.NullText(), i.ID), Image: rec}
			return nil
		}))
	return found, err
}

func (s *Store) siteRecord(ctx context.Context, ids []news.ID) (map[news.ID]news.Record, error) {
	site, err := s.Site(ctx)
	if err != nil || site.ID != ids[0] {
		return nil, err
	}
	rec := &news.SiteRecord{Site: *site}
	rec.Name, rec.Tagline = titleSource(site.Name), titleSourceOf(site.Tagline)
	if site.About != nil {
		rec.About = &news.AboutRecord{Heading: titleSource(site.About.Heading), Body: site.About.Body.HTML}
	}
	own := refOr(nil, site.ID)
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT ` + refOf("e.id") + `, e.about_page_id, ` + refOf("e.about_page_id") + ` FROM sites e`,
		Scan: func(r *engine.Row) error {
			own = refOr(r.NullText(), site.ID)
			if page := nullID(r); rec.About != nil {
				rec.About.Page = refIfSet(page, r.NullText())
			}
			return nil
		}}, missingOf(ids, func(_ news.ID, _ string, ref news.Ref) { rec.About.Page = ref }))
	return map[news.ID]news.Record{site.ID: {Ref: own, Site: rec}}, err
}

// titleSourceOf is titleSource for a text that may be missing.
func titleSourceOf(s *string) *string {
	if s == nil {
		return nil
	}
	return new(titleSource(*s))
}

// Ref is the name by which Records refer to a node.
func (s *Store) Ref(ctx context.Context, node news.ID) (news.Ref, error) {
	refs, err := s.importRefs(ctx, []news.ID{node})
	return refs[node], err
}
