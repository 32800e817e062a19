package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// statements caches every prepared statement, because SQLite spends more time parsing most of our
// statements than running them. The cache is unbounded: the texts are our own, and few.
type statements struct {
	on interface { // a connection, or a pool
		reader
		ExecContext(context.Context, string, ...any) (sql.Result, error)
		PrepareContext(context.Context, string) (*sql.Stmt, error)
	}
	ready sync.Map // *sql.Stmt by text
}

// prepared returns the statement for a text. Two callers that need the same new statement at the
// same time may both prepare it: a lock would make every other caller wait while one of them waits
// for a connection.
func (s *statements) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := s.ready.Load(text); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := s.on.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if first, has := s.ready.LoadOrStore(text, stmt); has {
		_ = stmt.Close() // the first one does the same
		return first.(*sql.Stmt), nil
	}
	return stmt, nil
}

func (s *statements) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	stmt, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (s *statements) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *statements) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	stmt, err := s.prepared(ctx, text)
	if err != nil {
		return s.on.QueryRowContext(ctx, text, args...) // fails as Prepare did: only database/sql can make a Row from an error
	}
	return stmt.QueryRowContext(ctx, args...)
}
