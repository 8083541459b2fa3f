package contentdb

import (
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

type contentRow struct {
	CourseId        string
	ItemId          string
	ContentId       string
	OwnerId         string
	Country         string
	Kind            string
	State           string
	Published       bool
	AttachedBy      spanner.NullString
	Filename        string
	MimeType        string
	SizeBytes       int64
	DurationSeconds int64
	Revision        int64
	Bucket          string
	Object          string
	Generation      int64
	UploadUri       spanner.NullString
	FailureReason   spanner.NullString
	CreateTime      time.Time
	UpdateTime      time.Time
}

var contentColumns = []string{
	"CourseId", "ItemId", "ContentId", "OwnerId", "Country", "Kind", "State", "Published", "AttachedBy", "Filename",
	"MimeType", "SizeBytes", "DurationSeconds", "Revision", "Bucket", "Object", "Generation", "UploadUri",
	"FailureReason", "CreateTime", "UpdateTime",
}

func fromModel(c content.Content) contentRow {
	return contentRow{
		CourseId: c.CourseID, ItemId: c.ItemID, ContentId: c.ID, OwnerId: c.OwnerID, Country: c.Country, Kind: string(c.Kind),
		State: string(c.State), Published: c.Published, AttachedBy: spannerdb.Text(c.AttachedBy), Filename: c.Filename, MimeType: c.MimeType,
		SizeBytes: c.SizeBytes, DurationSeconds: int64(c.DurationSeconds), Revision: int64(c.Revision), Bucket: c.Bucket,
		Object: c.Object, Generation: c.Generation, UploadUri: spannerdb.Text(c.UploadURI), FailureReason: spannerdb.Text(c.FailureReason),
		CreateTime: c.CreateTime, UpdateTime: c.UpdateTime,
	}
}

func (r contentRow) model() content.Content {
	return content.Content{
		ID: r.ContentId, CourseID: r.CourseId, ItemID: r.ItemId, OwnerID: r.OwnerId, Country: r.Country, Kind: content.Kind(r.Kind),
		State: content.State(r.State), Published: r.Published, AttachedBy: r.AttachedBy.StringVal, Filename: r.Filename,
		MimeType: r.MimeType, SizeBytes: r.SizeBytes, DurationSeconds: int(r.DurationSeconds), Revision: int(r.Revision),
		Bucket: r.Bucket, Object: r.Object, Generation: r.Generation, UploadURI: r.UploadUri.StringVal,
		FailureReason: r.FailureReason.StringVal, CreateTime: r.CreateTime, UpdateTime: r.UpdateTime,
	}
}

func write(txn *spanner.ReadWriteTransaction, contents ...content.Content) error {
	var mutations []*spanner.Mutation
	for _, c := range contents {
		m, err := spanner.InsertOrUpdateStruct("Contents", fromModel(c))
		if err != nil {
			return err
		}
		mutations = append(mutations, m)
	}
	return txn.BufferWrite(mutations)
}
