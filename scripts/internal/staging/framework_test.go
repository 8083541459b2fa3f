package staging_test

// What the buildpack's main package imports belongs to go.sum, although nothing here does.
import _ "github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
