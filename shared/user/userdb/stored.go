package userdb

import (
	"encoding/json"
	"fmt"

	"github.com/kwipper/kwipper/shared/idempotency"
)

// created is the HTTP status of an answer that made something.
const created = 201

// stored is what is kept with an idempotency key: what was made, which a repetition reads
// anew.
type stored struct {
	UserID string `json:"userId"`
}

func decodeStored(answer idempotency.Answer) (string, error) {
	var s stored
	if err := json.Unmarshal(answer.Body, &s); err != nil {
		return "", fmt.Errorf("decode what was registered: %w", err)
	}
	return s.UserID, nil
}
