package main

import googlesql "github.com/goccy/go-googlesql"

// features are those of GoogleSQL that Spanner enables.
var features = []googlesql.LanguageFeature{
	googlesql.LanguageFeatureFeatureExtendedTypes,
	googlesql.LanguageFeatureFeatureFunctionArgumentsWithDefaults,
	googlesql.LanguageFeatureFeatureNamedArguments,
	googlesql.LanguageFeatureFeatureNumericType,
	googlesql.LanguageFeatureFeatureTablesample,
	googlesql.LanguageFeatureFeatureTimestampNanos,
	googlesql.LanguageFeatureFeatureHavingInAggregate,
	googlesql.LanguageFeatureFeatureNullHandlingModifierInAggregate,
	googlesql.LanguageFeatureFeatureOrderByInAggregate,
	googlesql.LanguageFeatureFeatureLimitInAggregate,
	googlesql.LanguageFeatureFeatureOrderByCollate,
	googlesql.LanguageFeatureFeatureSelectStarExceptReplace,
	googlesql.LanguageFeatureFeatureSafeFunctionCall,
	googlesql.LanguageFeatureFeatureJsonKeysFunction,
	googlesql.LanguageFeatureFeatureJsonType,
	googlesql.LanguageFeatureFeatureJsonArrayFunctions,
	googlesql.LanguageFeatureFeatureJsonConstructorFunctions,
	googlesql.LanguageFeatureFeatureJsonContainsFunction,
	googlesql.LanguageFeatureFeatureJsonMutatorFunctions,
	googlesql.LanguageFeatureFeatureJsonStrictNumberParsing,
	googlesql.LanguageFeatureFeatureJsonValueExtractionFunctions,
	googlesql.LanguageFeatureFeatureJsonLaxValueExtractionFunctions,
	googlesql.LanguageFeatureFeatureJsonArrayValueExtractionFunctions,
	googlesql.LanguageFeatureFeatureJsonMoreValueExtractionFunctions,
	googlesql.LanguageFeatureFeatureDmlReturning,
	googlesql.LanguageFeatureFeatureWithExpression,
	googlesql.LanguageFeatureFeatureTableValuedFunctions,
	googlesql.LanguageFeatureFeatureTokenizedSearch,
	googlesql.LanguageFeatureFeatureAdditionalStringFunctions,
	googlesql.LanguageFeatureFeatureSequenceArg,
	googlesql.LanguageFeatureFeatureEnableFloatDistanceFunctions,
	googlesql.LanguageFeatureFeatureDotProduct,
	googlesql.LanguageFeatureFeatureIntervalType,
	googlesql.LanguageFeatureFeatureUuidType,
	googlesql.LanguageFeatureFeatureForUpdate,
	googlesql.LanguageFeatureFeatureInlineLambdaArgument,
}

// newLanguage returns the options of GoogleSQL as Spanner sets them.
func newLanguage() (*googlesql.LanguageOptions, error) {
	language, err := googlesql.NewLanguageOptions()
	if err != nil {
		return nil, err
	}
	if err := language.SetProductMode(googlesql.ProductModeProductExternal); err != nil {
		return nil, err
	}
	if err := language.SetNameResolutionMode(googlesql.NameResolutionModeNameResolutionDefault); err != nil {
		return nil, err
	}
	if err := language.DisableAllLanguageFeatures(); err != nil {
		return nil, err
	}
	for _, f := range features {
		if err := language.EnableLanguageFeature(f); err != nil {
			return nil, err
		}
	}
	return language, language.SetSupportedStatementKinds([]googlesql.ResolvedNodeKind{
		googlesql.ResolvedNodeKindResolvedQueryStmt, googlesql.ResolvedNodeKindResolvedInsertStmt,
		googlesql.ResolvedNodeKindResolvedUpdateStmt, googlesql.ResolvedNodeKindResolvedDeleteStmt,
	})
}

// newOptions returns the options of one analysis.
func newOptions(language *googlesql.LanguageOptions) (*googlesql.AnalyzerOptions, error) {
	options, err := googlesql.NewAnalyzerOptions2()
	if err != nil {
		return nil, err
	}
	if err := options.SetLanguage(language); err != nil {
		return nil, err
	}
	if err := options.SetParameterMode(googlesql.ParameterModeParameterNamed); err != nil {
		return nil, err
	}
	if err := options.SetErrorMessageMode(googlesql.ErrorMessageModeErrorMessageOneLine); err != nil {
		return nil, err
	}
	return options, options.SetAllowUndeclaredParameters(true)
}
