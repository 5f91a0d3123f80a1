package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/curator"
	"github.com/dateline-cms/dateline/internal/demo"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/media"
	"github.com/dateline-cms/dateline/internal/server"
	"github.com/dateline-cms/dateline/internal/store"
)

type serveCommand struct {
	database
	siteFlags
	accessFlags
	Addr        string        `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen (${default}); port 0 is any free port."`
	Demo        bool          `help:"Load the demo newsroom first."`
	Explain     bool          `help:"Let requests with the header Dateline-Explain: 1 see their SQL."`
	LogLevel    string        `enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"What to log: debug, info, warn or error (${default}). Debug logs each request."`
	KeepChanges time.Duration `placeholder:"DURATION" help:"How long the journal keeps changes that later ones have overtaken, such as 2160h for 90 days; for ever when left out."`
	Media       string        `placeholder:"SETTING" help:"Where uploaded images are kept: file:///var/dateline/media, or s3://bucket/prefix?region=eu-central-1 with its credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the folder uploads beside the database when left out."`
	MaxBody     int64         `default:"1048576" placeholder:"BYTES" help:"Largest request, its files aside (${default})."`
	MaxDepth    int           `default:"15" placeholder:"N" help:"Deepest nesting of fields (${default})."`
	MaxCost     int           `default:"20000" placeholder:"N" help:"Most fields that a query may return (${default})."`
}

// Help is shown by --help.
func (serveCommand) Help() string {
	return `Every flag can be set in the environment: DATELINE_DB for --db, DATELINE_ADDR for --addr and so on.

Example:

  dateline serve --db site.db --addr 127.0.0.1:8080 --base-url https://news.example`
}

// Validate refuses values that are wrong before anything is done.
func (c *serveCommand) Validate() error {
	_, port, err := net.SplitHostPort(c.Addr)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	switch {
	case err != nil:
		return fmt.Errorf("--addr %q is no address to listen at; write it as host:port, such as 127.0.0.1:8080", c.Addr)
	case c.KeepChanges < 0:
		return errors.New("--keep-changes must not be negative; write it as 2160h for 90 days, or leave it out to keep all")
	case c.MaxBody < 1 || c.MaxDepth < 1 || c.MaxCost < 1:
		return errors.New("--max-body, --max-depth and --max-cost must be at least 1")
	}
	if err := c.siteFlags.Validate(); err != nil { // which kong does not find in an embedded struct
		return err
	}
	return c.accessFlags.Validate()
}

// Run serves until it is interrupted.
func (c *serveCommand) Run(ctx context.Context, std *streams) error {
	if os.Getenv("GOGC") == "" {
		// Requests make much short-lived garbage beside a small heap: collecting less often saves a third of the time.
		debug.SetGCPercent(400)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: level}))
	listener, err := server.Listen(c.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	s, done, err := c.open(ctx, sqlite.Options{Server: true})
	if err != nil {
		return err
	}
	defer done()
	uploads, err := c.uploads(ctx)
	if err != nil {
		return err
	}
	if err := c.prepare(ctx, s); err != nil {
		return err
	}
	who, err := c.authenticator(s, func(err error) { log.Error("access", "error", err) })
	if err != nil {
		return err
	}
	defer who.Close()
	changes := journal.New(s, log)
	defer c.follow(ctx, changes, curator.New(s, log, time.Now))()
	limits := server.DefaultLimits
	limits.BodyBytes, limits.Depth, limits.Cost = c.MaxBody, c.MaxDepth, c.MaxCost
	handler := server.Handler(server.Config{Store: s, Access: who, Journal: changes, Until: ctx, Now: time.Now, Log: log, Limits: limits, Explain: c.Explain, Media: demo.Media(), Uploads: uploads})
	fmt.Fprintf(std.out, "Dateline serves %s at http://%s\n", c.DB, listener.Addr())
	return server.Run(ctx, listener, handler, log)
}

// uploads is where uploaded images are kept, and can be.
func (c *serveCommand) uploads(ctx context.Context) (*media.Store, error) {
	setting := c.Media
	if setting == "" {
		folder, err := filepath.Abs(filepath.Join(filepath.Dir(c.DB), "uploads"))
		if err != nil {
			return nil, err
		}
		setting = (&url.URL{Scheme: "file", Path: filepath.ToSlash(folder)}).String()
	}
	s, err := media.Open(setting)
	if err == nil {
		err = s.Check(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("--media: %w", err)
	}
	return s, nil
}

// follow starts what goes on beside the requests. The caller calls end before the store is closed.
func (c *serveCommand) follow(ctx context.Context, changes *journal.Journal, related *curator.Curator) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { changes.Run(ctx) })
	running.Go(func() { journal.NewSchedule(changes, time.Now).Run(ctx) })
	running.Go(func() { related.Run(ctx, changes) })
	if c.KeepChanges > 0 {
		running.Go(func() { changes.Trim(ctx, c.KeepChanges) })
	}
	return func() {
		cancel()
		running.Wait()
	}
}

func (c *serveCommand) prepare(ctx context.Context, s *store.Store) error {
	if c.Demo {
		report, err := importer.Run(ctx, importer.JSONLines, demo.Records(), importer.Options{Input: "demo newsroom", Stage: s.Stage, Finish: s.FinishImport})
		if err != nil {
			return fmt.Errorf("load the demo newsroom: %w", err)
		}
		if !report.OK() {
			var b strings.Builder
			report.WriteText(&b)
			return fmt.Errorf("the demo newsroom is damaged:\n%s", b.String())
		}
	}
	return c.apply(ctx, s)
}
