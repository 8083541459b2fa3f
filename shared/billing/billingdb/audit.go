package billingdb

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// auditStaleness lets the check read from a replica nearby, out of the way of payments.
const auditStaleness = 15 * time.Second

const imbalancesSQL = `SELECT TransactionId, Currency, ANY_VALUE(Country) AS Country, SUM(AmountMinor) AS SumMinor
FROM LedgerEntries
WHERE TransactionId >= @from AND TransactionId < @to
GROUP BY TransactionId, Currency
HAVING SUM(AmountMinor) != 0
ORDER BY TransactionId, Currency
LIMIT @limit`

// Imbalances returns up to limit transactions of a slice that do not sum to zero.
func (s Store) Imbalances(ctx context.Context, slice billing.Slice, limit int) ([]billing.Imbalance, error) {
	// A country's ids go from "jp-00..." to before "jp.": '.' is the character behind '-'.
	from, to := fmt.Sprintf("%s-%02x", slice.Country, slice.Byte), fmt.Sprintf("%s-%02x", slice.Country, slice.Byte+1)
	if slice.Byte == 255 {
		to = slice.Country + "."
	}
	statement := spanner.Statement{SQL: imbalancesSQL, Params: map[string]any{"from": from, "to": to, "limit": int64(limit)}}
	rows := s.Client.Single().WithTimestampBound(spanner.MaxStaleness(auditStaleness)).
		QueryWithOptions(ctx, statement, spanner.QueryOptions{RequestTag: "ledger-imbalances"})
	var found []billing.Imbalance
	err := spannerdb.Each(rows, func(row *spanner.Row) error {
		var r struct {
			TransactionId, Currency, Country string
			SumMinor                         int64
		}
		if err := row.ToStruct(&r); err != nil {
			return err
		}
		found = append(found, billing.Imbalance{
			TransactionID: r.TransactionId, Country: r.Country, Sum: money.Amount{Currency: money.Currency(r.Currency), Minor: r.SumMinor},
		})
		return nil
	})
	return found, err
}
