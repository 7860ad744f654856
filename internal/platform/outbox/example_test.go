package outbox_test

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
)

// orderClosed is what the domain declares in events.go.
type orderClosed struct {
	Order string `json:"order"`
}

var closed = outbox.NewTopic[orderClosed]("workorder.closed", 1)

// closeOrder writes the fact in the transaction that makes it true.
func closeOrder(ctx context.Context, pool *pgxpool.Pool, b *bus.Bus, order string, now time.Time) error {
	err := postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		// ... change the order ...
		return outbox.Write(ctx, tx, closed.Event(order, now, orderClosed{Order: order}))
	})
	if err != nil {
		return err
	}
	_ = outbox.Wake(ctx, b, closed.Name())
	return nil
}

// askCustomers acts on the fact, exactly once.
func askCustomers(pool *pgxpool.Pool, b *bus.Bus) *outbox.Consumer {
	return outbox.NewConsumer(outbox.ConsumerConfig{
		Name: "survey.ask", Topics: []string{closed.Name()}, Pool: pool, Bus: b, Clock: clock.System(), Logger: quiet,
		Handle: func(_ context.Context, _ pgx.Tx, events []outbox.Event) error {
			for _, e := range events {
				fact, err := closed.Decode(e)
				if err != nil {
					return err
				}
				fmt.Println("ask about", fact.Order) // in earnest: through tx, such as enqueueing a message
			}
			return nil
		},
	})
}

func Example() {
	_ = closeOrder
	_ = askCustomers
	e := closed.Event("G44-261120-000123-9", time.Now(), orderClosed{Order: "G44-261120-000123-9"})
	fmt.Println(e.Topic, e.Version, e.Key)
	// Output: workorder.closed 1 G44-261120-000123-9
}
