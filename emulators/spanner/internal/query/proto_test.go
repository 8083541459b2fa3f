package query

import (
	"testing"

	"github.com/cloudspannerecosystem/memefish"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
)

// petDescriptors declare package zoo.
const petDescriptors = `file {
	name: "zoo.proto" package: "zoo" syntax: "proto3"
	enum_type { name: "Kind" value { name: "CAT" number: 0 } value { name: "DOG" number: 1 } value { name: "OWL" number: 7 } }
	message_type {
		name: "Pet"
		field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
		field { name: "kind" number: 2 type: TYPE_ENUM type_name: ".zoo.Kind" label: LABEL_OPTIONAL }
		field { name: "weight" number: 3 type: TYPE_DOUBLE label: LABEL_OPTIONAL proto3_optional: true oneof_index: 0 }
		field { name: "toys" number: 4 type: TYPE_STRING label: LABEL_REPEATED }
		field { name: "friend" number: 5 type: TYPE_MESSAGE type_name: ".zoo.Pet" label: LABEL_OPTIONAL }
		field { name: "seen" number: 6 type: TYPE_MESSAGE type_name: ".zoo.Pet.SeenEntry" label: LABEL_REPEATED }
		field { name: "big" number: 7 type: TYPE_UINT64 label: LABEL_OPTIONAL }
		field { name: "legs" number: 8 type: TYPE_INT32 label: LABEL_OPTIONAL }
		nested_type {
			name: "SeenEntry" options { map_entry: true }
			field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
			field { name: "value" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
		}
		oneof_decl { name: "_weight" }
	}
}`

const petSchema = `CREATE PROTO BUNDLE (zoo.Pet, zoo.Kind);
CREATE TABLE Pets (Id INT64 NOT NULL, P zoo.Pet, K zoo.Kind, Ks ARRAY<zoo.Kind>, Name STRING(MAX) AS (P.name) STORED,
	IsOwl BOOL AS (K = CAST('OWL' AS zoo.Kind))) PRIMARY KEY (Id);
CREATE INDEX ByKind ON Pets (K DESC);
CREATE INDEX ByName ON Pets (Name);`

func petBundle(t testing.TB) []byte {
	set := &descriptorpb.FileDescriptorSet{}
	require.NoError(t, prototext.Unmarshal([]byte(petDescriptors), set))
	out, err := proto.Marshal(set)
	require.NoError(t, err)
	return out
}

func petDatabase(t testing.TB) *database {
	d := newDatabase(t, "")
	cat, err := schema.Empty("db").OfferDescriptors(petBundle(t))
	require.NoError(t, err)
	nodes, err := memefish.ParseDDLs("", petSchema)
	require.NoError(t, err)
	d.cat, err = cat.Build(nodes)
	require.NoError(t, err)
	d.layout = rows.NewLayout(1, d.cat, Evaluator{Catalog: d.cat})
	require.NoError(t, d.layout.Validate())
	d.must(`INSERT INTO Pets (Id, P, K, Ks) VALUES
		(1, 'name: "tom" toys: "ball" toys: "mouse" friend { name: "spike" kind: DOG } seen { key: "b" value: 2 } seen { key: "a" value: 1 }', 'CAT', ARRAY<zoo.Kind>['DOG', 'CAT']),
		(2, NEW zoo.Pet('hedwig' AS name, 7 AS kind, 1.5 AS weight), 7, NULL),
		(3, NULL, NULL, [])`, nil)
	return d
}

func TestProtocolBuffers(t *testing.T) {
	d := petDatabase(t)
	for sql, want := range map[string]string{
		"SELECT P.name, P.Kind, P.weight, P.toys, P.friend.name, P.friend.friend.name FROM Pets ORDER BY Id":           "tom|0|0|[ball, mouse]|spike|NULL;hedwig|7|1.5|[]|NULL|NULL;NULL|NULL|NULL|NULL|NULL|NULL",
		"SELECT P.has_weight, P.has_friend FROM Pets ORDER BY Id":                                                      "false|true;true|false;NULL|NULL",
		"SELECT Id FROM Pets WHERE K = 'OWL'":                                                                          "2",
		"SELECT Id FROM Pets WHERE K = 0":                                                                              "1",
		"SELECT Id FROM Pets WHERE K > 'DOG'":                                                                          "2",
		"SELECT Id FROM Pets WHERE K IN ('CAT', 'DOG')":                                                                "1",
		"SELECT Id FROM Pets WHERE Name = 'tom'":                                                                       "1",
		"SELECT Id FROM Pets WHERE IsOwl":                                                                              "2",
		"SELECT Id, K FROM Pets@{FORCE_INDEX=ByKind} ORDER BY K DESC":                                                  "2|7;1|0;3|NULL",
		"SELECT K, COUNT(*) FROM Pets GROUP BY K ORDER BY K":                                                           "NULL|1;0|1;7|1",
		"SELECT MAX(K), MIN(K) FROM Pets":                                                                              "7|0",
		"SELECT CAST(K AS STRING), CAST(K AS INT64), Ks FROM Pets ORDER BY Id":                                         "CAT|0|[1, 0];OWL|7|NULL;NULL|NULL|[]",
		"SELECT CAST(P AS STRING) FROM Pets ORDER BY Id":                                                               `name: "tom" toys: "ball" toys: "mouse" friend { name: "spike" kind: DOG } seen { key: "a" value: 1 } seen { key: "b" value: 2 };name: "hedwig" kind: OWL weight: 1.5;NULL`,
		"SELECT e.key, e.value FROM Pets, UNNEST(Pets.P.seen) e ORDER BY 1":                                            "a|1;b|2",
		"SELECT CAST(CAST('name: \"x\"' AS zoo.Pet) AS BYTES) = b'\\n\\x01x'":                                          "true",
		"SELECT CAST(b'\\n\\x01x' AS zoo.Pet).name, SAFE_CAST(b'\\n' AS zoo.Pet), SAFE_CAST('nme: 1' AS zoo.Pet)":      "x|NULL|NULL",
		"SELECT CAST(1 AS zoo.Kind), SAFE_CAST(2 AS zoo.Kind), CAST('7' AS zoo.Kind), SAFE_CAST('dog' AS zoo.Kind)":    "1|NULL|7|NULL",
		"SELECT NEW zoo.Pet{name: 'x' friend{kind: 'DOG'}}.friend.kind":                                                "1",
		"SELECT CAST(REPLACE_FIELDS(P, 'z' AS name, 2 AS friend.legs, NULL AS toys) AS STRING) FROM Pets WHERE Id = 2": `name: "z" kind: OWL weight: 1.5 friend { legs: 2 }`,
		"SELECT COUNT(*) FROM Pets WHERE P IS NULL":                                                                    "1",
	} {
		out, err := d.run(sql, nil, Options{})
		if assert.NoError(t, err, sql) {
			assert.Equal(t, want, out.text(), sql)
		}
	}
	for sql, code := range map[string]codes.Code{
		"SELECT P = P FROM Pets":                       codes.InvalidArgument,
		"SELECT P FROM Pets ORDER BY P":                codes.InvalidArgument,
		"SELECT DISTINCT P FROM Pets":                  codes.InvalidArgument,
		"SELECT P.nme FROM Pets":                       codes.InvalidArgument,
		"SELECT P.has_name FROM Pets":                  codes.InvalidArgument,
		"SELECT P.big FROM Pets":                       codes.Unimplemented,
		"SELECT K + 1 FROM Pets":                       codes.InvalidArgument,
		"SELECT Id FROM Pets WHERE K = 'COW'":          codes.InvalidArgument,
		"SELECT CAST(2 AS zoo.Kind)":                   codes.OutOfRange,
		"SELECT CAST(NULL AS zoo.Cow)":                 codes.InvalidArgument,
		"SELECT CAST(1.5 AS zoo.Kind)":                 codes.InvalidArgument,
		"SELECT NEW zoo.Kind(1 AS x)":                  codes.InvalidArgument,
		"SELECT NEW zoo.Pet('a' AS name, 'b' AS name)": codes.InvalidArgument,
		"SELECT NEW zoo.Pet('a' AS kind)":              codes.InvalidArgument,
		"SELECT NEW zoo.Pet(5000000000 AS legs)":       codes.OutOfRange,
		"SELECT NEW zoo.Pet(['a', NULL] AS toys)":      codes.OutOfRange,
	} {
		_, err := d.run(sql, nil, Options{})
		assert.Equal(t, code, status.Code(err), "%s: %v", sql, err)
	}
}

func TestProtoBundleChanges(t *testing.T) {
	apply := func(cat *schema.Catalog, sql string) (*schema.Catalog, error) {
		ddl, err := schema.Parse(sql)
		require.NoError(t, err)
		out, _, err := cat.Apply(ddl)
		return out, err
	}
	offered, err := schema.Empty("db").OfferDescriptors(petBundle(t))
	require.NoError(t, err)
	_, err = apply(schema.Empty("db"), "CREATE PROTO BUNDLE (zoo.Pet)")
	assert.Equal(t, codes.NotFound, status.Code(err))
	_, err = apply(offered, "CREATE PROTO BUNDLE (zoo.Pet, zoo.Pet)")
	assert.Equal(t, codes.AlreadyExists, status.Code(err))
	_, err = apply(offered, "ALTER PROTO BUNDLE DELETE (zoo.Pet)")
	assert.Equal(t, codes.FailedPrecondition, status.Code(err))
	_, err = apply(offered, "CREATE TABLE T (K zoo.Kind) PRIMARY KEY (K)")
	assert.Equal(t, codes.InvalidArgument, status.Code(err))

	cat, err := apply(offered, "CREATE PROTO BUNDLE (zoo.Pet)")
	require.NoError(t, err)
	_, err = apply(cat, "CREATE TABLE T (P zoo.Pet) PRIMARY KEY (P)")
	assert.Equal(t, codes.InvalidArgument, status.Code(err))
	cat, err = apply(cat, "ALTER PROTO BUNDLE INSERT (zoo.Kind) UPDATE (zoo.Pet)")
	require.NoError(t, err)
	cat, err = apply(cat, "CREATE TABLE T (K zoo.Kind) PRIMARY KEY (K)")
	require.NoError(t, err)
	for _, sql := range []string{"ALTER PROTO BUNDLE DELETE (zoo.Kind)", "DROP PROTO BUNDLE"} {
		_, err = apply(cat, sql)
		assert.Equal(t, codes.FailedPrecondition, status.Code(err), sql)
	}
	cat, err = apply(cat, "ALTER PROTO BUNDLE DELETE (zoo.Pet)")
	require.NoError(t, err)
	assert.Equal(t, []string{"CREATE PROTO BUNDLE (\n  zoo.Kind,\n)", "CREATE TABLE T (\n  K zoo.Kind,\n) PRIMARY KEY(K)"}, cat.DDL())
	assert.NotEmpty(t, cat.ProtoDescriptors())
	again, err := schema.Empty("db").OfferDescriptors(cat.ProtoDescriptors())
	require.NoError(t, err)
	_, err = apply(again, cat.DDL()[0])
	assert.NoError(t, err)

	cat, err = apply(cat, "DROP TABLE T")
	require.NoError(t, err)
	cat, err = apply(cat, "DROP PROTO BUNDLE")
	require.NoError(t, err)
	assert.Empty(t, cat.DDL())
	assert.Nil(t, cat.ProtoDescriptors())
	_, err = schema.Empty("db").OfferDescriptors([]byte("no set"))
	assert.Equal(t, codes.InvalidArgument, status.Code(err))
}
