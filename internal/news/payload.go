package news

// What became of changes of nodes that are no entries, and of events. The node is nil when nothing was changed.
type (
	// DeletePayload is what became of something that was to be erased.
	DeletePayload struct {
		DeletedID  *ID
		UserErrors []UserError
	}

	// CategoryPayload is what became of a change of a category.
	CategoryPayload struct {
		Category         *Category
		RedirectsCreated int
		UserErrors       []UserError
	}

	// TopicPayload is what became of a change of a topic.
	TopicPayload struct {
		Topic            *Topic
		RedirectsCreated int
		UserErrors       []UserError
	}

	// AuthorPayload is what became of a change of an author.
	AuthorPayload struct {
		Author     *Author
		UserErrors []UserError
	}

	// ImagePayload is what became of a change of an image.
	ImagePayload struct {
		Image      *Image
		UserErrors []UserError
	}

	// UploadImagePayload is what became of an upload.
	UploadImagePayload struct {
		Image      *Image
		Removed    []string // from the file, such as "<script>"
		UserErrors []UserError
	}

	// SitePayload is what became of a change of the site.
	SitePayload struct {
		Site       *Site
		UserErrors []UserError
	}

	// HistoricalEventPayload is what became of a change of an event.
	HistoricalEventPayload struct {
		Event            *HistoricalEvent
		RedirectsCreated int
		UserErrors       []UserError
	}
)
