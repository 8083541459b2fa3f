module github.com/kwipper/kwipper/emulators/spanner/oracle

go 1.26.0

require (
	github.com/cloudspannerecosystem/memefish v0.8.1
	github.com/goccy/go-googlesql v0.4.0
	github.com/kwipper/kwipper v0.0.0
)

require github.com/goccy/googlesqlwasm2go v0.2.0 // indirect

replace github.com/kwipper/kwipper => ../../..
