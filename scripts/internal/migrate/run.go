package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// Runner migrates databases.
type Runner struct {
	// Holder says to others who is at work, such as user@host (4711).
	Holder string
	// LeaseDuration is how long a runner that died keeps others out.
	LeaseDuration time.Duration
	// Wait is how long to wait for another runner.
	Wait time.Duration
	// PollInterval is the time between looks at an operation, at first; later looks are rarer.
	PollInterval time.Duration
	// Contract allows contract migrations.
	Contract bool
	// Out takes a line for whatever happens.
	Out io.Writer
}

func (r *Runner) say(d *Database, format string, arguments ...any) {
	fmt.Fprintf(r.Out, "%-13s %s\n", d.id(), fmt.Sprintf(format, arguments...))
}

// Plan is what applying would do.
type Plan struct {
	All   []Step
	Now   []Step // to be applied
	Later []Step // contract migrations that wait for leave
	Lease *HeldError
}

// Plan reads how far a database is. It writes nothing.
func (r *Runner) Plan(ctx context.Context, d *Database) (Plan, error) {
	f, err := d.look(ctx)
	if err != nil {
		return Plan{}, err
	}
	return r.plan(d, f)
}

func (r *Runner) plan(d *Database, f found) (p Plan, err error) {
	if err := Check(d.Migrations); err != nil {
		return p, fmt.Errorf("%s: %w", d.id(), err)
	}
	if p.All, err = steps(d.Migrations, f); err != nil {
		return p, fmt.Errorf("%s: %w", d.id(), err)
	}
	if f.lease != nil && f.lease.LeaseId != "" {
		p.Lease = &HeldError{Database: d.Name, Holder: f.lease.Holder, Until: f.lease.ExpireTime}
	}
	if p.Now, p.Later, err = todo(p.All, f.initialVersion(d.Migrations), r.Contract); err != nil {
		return p, fmt.Errorf("%s: %w", d.id(), err)
	}
	return p, nil
}

// initialVersion returns up to which migration no code needs what a contract takes away.
func (f found) initialVersion(migrations []spannerdb.Migration) int64 {
	switch {
	case f.lease != nil:
		return f.lease.InitialVersion
	case f.schema || len(f.records) > 0:
		return 0
	}
	return int64(len(migrations))
}

// Apply brings a database to the newest schema. Cut off at any point, it can be repeated.
func (r *Runner) Apply(ctx context.Context, d *Database) error {
	f, err := d.look(ctx)
	if err != nil {
		return err
	}
	p, err := r.plan(d, f)
	if err != nil {
		return err
	}
	if len(p.Now) == 0 {
		r.report(d, p)
		return nil
	}
	return r.leased(ctx, d, f, func(ctx context.Context, l *lease) error {
		// Another may have worked until just now.
		p, err := r.Plan(ctx, d)
		if err != nil {
			return err
		}
		for _, s := range p.Now {
			if err := r.step(ctx, l, s); err != nil {
				return fmt.Errorf("%s: %s: %w", d.id(), s.Name, err)
			}
		}
		r.report(d, p)
		return nil
	})
}

func (r *Runner) report(d *Database, p Plan) {
	newest := "no migration"
	if count := len(p.All) - len(p.Later); count > 0 {
		newest = p.All[count-1].Name
	}
	r.say(d, "is at %s", newest)
	if len(p.Later) > 0 {
		r.say(d, "left for --contract: %s", names(p.Later))
	}
}

// leased works while it holds the lease of a database.
func (r *Runner) leased(ctx context.Context, d *Database, f found, work func(context.Context, *lease) error) error {
	if !f.tables {
		if err := r.makeTables(ctx, d); err != nil {
			return fmt.Errorf("make the tables of migrations in %s: %w", d.Name, err)
		}
	}
	l, held, err := r.waitFor(ctx, d, f.initialVersion(d.Migrations))
	if err != nil {
		return err
	}
	defer func() {
		if late := l.release(ctx); late != nil {
			r.say(d, "%v", late)
		}
	}()
	if err = work(held, l); err != nil && errors.Is(context.Cause(held), errLeaseLost) {
		err = fmt.Errorf("%w (%w)", errLeaseLost, err)
	}
	return err
}

func (r *Runner) makeTables(ctx context.Context, d *Database) error {
	op, err := d.Admin.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{Database: d.Name, Statements: tables})
	if err != nil {
		return err
	}
	return op.Wait(ctx)
}

// waitFor takes the lease, and waits for it if it must and may.
func (r *Runner) waitFor(ctx context.Context, d *Database, initial int64) (*lease, context.Context, error) {
	giveUp := time.Now().Add(r.Wait)
	for told := false; ; told = true {
		l, held, err := d.acquire(ctx, r.Holder, r.LeaseDuration, initial)
		if other := (*HeldError)(nil); !errors.As(err, &other) || !time.Now().Before(giveUp) {
			return l, held, err
		}
		if !told {
			r.say(d, "waits: %v", err)
		}
		if err := pause(ctx, time.Second); err != nil {
			return nil, nil, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// step applies one migration and records what became of it.
func (r *Runner) step(ctx context.Context, l *lease, s Step) error {
	record := s.Record
	if s.State == Pending || State(record.State) == Failed && record.StatementsDone == 0 {
		record = Record{Version: int64(s.Version), Name: s.Name, Checksum: s.Checksum, Attempt: record.Attempt, StartTime: time.Now()}
	}
	record.Holder = r.Holder
	begun := time.Now()
	r.say(l.database, "%s (%s): %s", s.Name, s.Kind, count(len(s.left()), "statement"))
	execute := r.ddl
	if s.Kind == spannerdb.Data {
		execute = r.dml
	}
	if err := execute(ctx, l, s, &record); err != nil {
		return err
	}
	record.State, record.Error = string(Applied), ""
	record.StatementsDone = int64(len(s.Statements))
	record.FinishTime = spanner.NullTime{Time: time.Now(), Valid: true}
	if err := l.save(ctx, record); err != nil {
		return err
	}
	r.say(l.database, "%s: applied in %s", s.Name, time.Since(begun).Round(10*time.Millisecond))
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// fail records that a migration failed, and returns why.
func (r *Runner) fail(ctx context.Context, l *lease, record Record, statement string, cause error) error {
	record.State, record.Error = string(Failed), cause.Error()
	err := fmt.Errorf("failed after %s, at %q: %w", count(int(record.StatementsDone), "statement"), statement, cause)
	return errors.Join(err, l.save(ctx, record))
}
