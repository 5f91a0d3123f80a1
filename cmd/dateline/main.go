// Dateline is the content backend of a news site: one program, one SQLite file, GraphQL.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve a site over GraphQL."`
	Import  importCommand  `cmd:"" help:"Import content from files."`
	Export  exportCommand  `cmd:"" help:"Write content to files."`
	Key     keyCommand     `cmd:"" help:"Make, list and revoke API keys."`
	Changes changesCommand `cmd:"" help:"Show and check the journal of all changes."`
	Backup  backupCommand  `cmd:"" help:"Copy a database while it is in use."`
	Restore restoreCommand `cmd:"" help:"Put a backup in the place of a database."`
	Check   checkCommand   `cmd:"" help:"Look for faults in a database."`
	Date    dateCommand    `cmd:"" help:"Check dates in EDTF."`
	Relate  relateCommand  `cmd:"" help:"Make, show and measure lists of related articles."`
	Lint    lintCommand    `cmd:"" help:"Find dates that look wrong, and events that may be there twice."`
}

// errReported is an error that has been reported already.
var errReported = errors.New("failed")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process: 0 is success, 1 a failure, 2 a mistake in the arguments.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := -1
	parser, err := kong.New(&commands{},
		kong.Name("dateline"),
		kong.Vars{"csv_fields": strings.Join(importer.TableFields, ", "), "issue_codes": issueCodes()},
		kong.Description("The content backend of a news site: articles, categories, related news and historical events over GraphQL, from one SQLite file."),
		kong.DefaultEnvars("DATELINE"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(c int) { code = c }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&streams{stdout, stderr}),
	)
	if err != nil {
		panic(err) // the commands are wrong
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // help was printed
		return code
	}
	if err != nil {
		fmt.Fprintf(stderr, "dateline: %v (see %s --help)\n", err, commandOf(err))
		return 2
	}
	switch err := parsed.Run(); {
	case err == nil:
		return 0
	case !errors.Is(err, errReported):
		fmt.Fprintf(stderr, "dateline: %v\n", err)
	}
	return 1
}

// commandOf is how far the arguments made sense, such as "dateline import wxr".
func commandOf(err error) string {
	if wrong, ok := errors.AsType[*kong.ParseError](err); ok {
		if command := wrong.Context.Selected(); command != nil {
			return command.FullPath()
		}
	}
	return "dateline"
}

// streams are where a command prints.
type streams struct{ out, err io.Writer }

// database is the flag that every command has.
type database struct {
	DB string `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file; made when it is missing (${default})."`
}

// open opens the database and brings its schema up to date. The caller calls done.
func (d database) open(ctx context.Context, opt sqlite.Options) (s *store.Store, done func() error, err error) {
	db, err := sqlite.Open(d.DB, opt)
	if err != nil {
		return nil, nil, err
	}
	s, err = store.Open(ctx, db, time.Now)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("database %s: %w", d.DB, err), db.Close())
	}
	return s, db.Close, nil
}

// siteFlags set what an export does not hold.
type siteFlags struct {
	BaseURL  string `name:"base-url" placeholder:"URL" help:"Set the site's public address, such as https://news.example."`
	TimeZone string `name:"time-zone" placeholder:"ZONE" help:"Set the site's IANA time zone, which decides what today is, such as Europe/Berlin."`
	Locale   string `name:"locale" placeholder:"TAG" help:"Set the site's default language, such as en or pt-BR."`
}

// Validate refuses values that are wrong before anything is done.
func (f siteFlags) Validate() error { return f.settings(news.Site{}).CheckSettings() }

// settings is the site with what was given in place of its own.
func (f siteFlags) settings(site news.Site) *news.Site {
	site.URL = cmp.Or(news.URL(strings.TrimRight(f.BaseURL, "/")), site.URL)
	site.TimeZone = cmp.Or(news.TimeZone(f.TimeZone), site.TimeZone)
	site.DefaultLocale = cmp.Or(news.Locale(f.Locale), site.DefaultLocale)
	return &site
}

// apply sets what was given, and writes nothing when that is set already.
func (f siteFlags) apply(ctx context.Context, s *store.Store) error {
	site, err := s.Site(ctx)
	if err != nil {
		return err
	}
	if to := f.settings(*site); to.URL == site.URL && to.TimeZone == site.TimeZone && to.DefaultLocale == site.DefaultLocale {
		return nil
	}
	return s.SetSite(ctx, func(site *news.Site) { *site = *f.settings(*site) })
}
