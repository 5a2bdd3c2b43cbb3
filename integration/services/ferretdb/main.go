// A server that speaks the MongoDB protocol on loopback and keeps its documents in PostgreSQL: FerretDB as a library,
// because its command cannot be installed by `go install`.
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	address := flag.String("listen", "127.0.0.1:27017", "address to listen on")
	postgres := flag.String("postgres", "", "URL of the PostgreSQL database")
	flag.Parse()
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := serve(*address, *postgres, logger); err != nil {
		logger.Error("the server ended", "error", err)
		os.Exit(1)
	}
}

func serve(address, postgres string, logger *slog.Logger) error {
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:      ferretdb.ListenerConfig{TCP: address},
		Handler:       "postgresql",
		PostgreSQLURL: postgres,
		Logger:        logger,
	})
	if err != nil {
		return err
	}
	running, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return server.Run(running)
}
