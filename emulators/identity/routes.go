package identity

import "net/http"

func (s *Server) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	if err := s.addIssuers(mux); err != nil {
		return nil, err
	}
	s.addAccounts(mux)
	s.addMetadata(mux)
	s.addTools(mux)
	mux.HandleFunc("POST "+tokenPath, s.serveRefresh)
	mux.HandleFunc("GET "+toolkitPath+"/v1/projects", endpoint(s, false, s.projectConfig))
	mux.HandleFunc("GET "+toolkitPath+"/v2/passwordPolicy", endpoint(s, false, s.passwordPolicy))
	mux.HandleFunc("GET "+toolkitPath+"/v2/recaptchaConfig", endpoint(s, false, s.recaptchaConfig))
	mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("/", notImplemented)
	return mux, nil
}

// addAccounts has each method twice where administrators have a form with the project.
func (s *Server) addAccounts(mux *http.ServeMux) {
	mux.HandleFunc("POST "+accountsPath+":signUp", endpoint(s, false, s.signUp))
	mux.HandleFunc("POST "+accountsPath+":signInWithPassword", endpoint(s, false, s.signInWithPassword))
	mux.HandleFunc("POST "+accountsPath+":signInWithCustomToken", endpoint(s, false, s.signInWithCustomToken))
	mux.HandleFunc("POST "+accountsPath+":lookup", endpoint(s, false, s.lookup))
	mux.HandleFunc("POST "+accountsPath+":update", endpoint(s, false, s.update))
	mux.HandleFunc("POST "+accountsPath+":delete", endpoint(s, false, s.delete))
	mux.HandleFunc("POST "+accountsPath+":sendOobCode", endpoint(s, false, s.sendOobCode))
	mux.HandleFunc("POST "+accountsPath+":resetPassword", endpoint(s, false, s.resetPassword))
	mux.HandleFunc("POST "+accountsPath+":createAuthUri", endpoint(s, false, s.createAuthURI))

	mux.HandleFunc("POST "+projectsPath, endpoint(s, true, s.signUp))
	mux.HandleFunc("POST "+projectsPath+":lookup", endpoint(s, true, s.lookup))
	mux.HandleFunc("POST "+projectsPath+":update", endpoint(s, true, s.update))
	mux.HandleFunc("POST "+projectsPath+":delete", endpoint(s, true, s.delete))
	mux.HandleFunc("POST "+projectsPath+":sendOobCode", endpoint(s, true, s.sendOobCode))
}

// none is the body of a request that has none.
type none struct{}

func (s *Server) projectConfig(caller, none) (any, error) {
	return map[string]any{"projectId": s.project, "authorizedDomains": []string{"localhost", "127.0.0.1"}}, nil
}

func (s *Server) passwordPolicy(caller, none) (any, error) {
	return map[string]any{
		"customStrengthOptions": map[string]any{
			"minPasswordLength": passwordMinLength, "maxPasswordLength": passwordMaxLength},
		"schemaVersion":    1,
		"enforcementState": "ENFORCE",
	}, nil
}

func (s *Server) recaptchaConfig(caller, none) (any, error) {
	return map[string]any{
		"recaptchaKey": "projects/" + s.project + "/keys/none", // the SDK requires one even when it is off
		"recaptchaEnforcementState": []map[string]string{
			{"provider": "EMAIL_PASSWORD_PROVIDER", "enforcementState": "OFF"}},
	}, nil
}
