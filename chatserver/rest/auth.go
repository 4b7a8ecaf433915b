package rest

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

const (
	refreshCookie = "uim_refresh"
	refreshPath   = "/api/auth"
)

func (a *api) register(c *gin.Context) {
	r, err := body[wire.RegisterRequest](c)
	if err != nil {
		fail(c, err)
		return
	}
	grant, err := a.Auth.Register(c.Request.Context(), auth.Registration{
		Username: r.Username, Password: r.Password, Email: r.Email, DisplayName: r.DisplayName,
	}, client(c, ""))
	a.answerGrant(c, http.StatusCreated, grant, err)
}

func (a *api) login(c *gin.Context) {
	r, err := body[wire.LoginRequest](c)
	if err != nil {
		fail(c, err)
		return
	}
	ended, err := a.throttle.login(c.Request.Context(), clientKey(c.ClientIP()), r.Username)
	if err != nil {
		fail(c, err)
		return
	}
	grant, err := a.Auth.Login(c.Request.Context(), r.Username, r.Password, client(c, r.DeviceName))
	ended(err)
	a.answerGrant(c, http.StatusOK, grant, err)
}

// refresh takes the token from the body or, from a browser, from the cookie.
func (a *api) refresh(c *gin.Context) {
	var r wire.RefreshRequest
	var err error
	if c.Request.ContentLength != 0 {
		if r, err = body[wire.RefreshRequest](c); err != nil {
			fail(c, err)
			return
		}
	}
	token := r.RefreshToken
	if token == "" && sameOrigin(c.Request) {
		token, _ = c.Cookie(refreshCookie)
	}
	if token == "" {
		fail(c, chat.NewError(chat.CodeUnauthenticated, "There is no refresh token."))
		return
	}
	grant, err := a.Auth.Refresh(c.Request.Context(), token, client(c, ""))
	if err != nil && chat.CodeOf(err).Info().Status == http.StatusUnauthorized {
		a.forgetCookie(c)
	}
	a.answerGrant(c, http.StatusOK, grant, err)
}

func (a *api) logout(c *gin.Context) {
	id, _ := identity(c)
	if err := a.Auth.Logout(c.Request.Context(), actor(c), id.SessionID); err != nil {
		fail(c, err)
		return
	}
	a.forgetCookie(c)
	c.Status(http.StatusNoContent)
}

// forgetCookie takes a browser's refresh token away.
func (a *api) forgetCookie(c *gin.Context) {
	if isBrowser(c) {
		a.setRefreshCookie(c, "", -time.Second)
	}
}

// answerGrant gives a program its refresh token in the body, and a browser as a
// cookie that no script can read.
func (a *api) answerGrant(c *gin.Context, status int, g auth.Grant, err error) {
	if err != nil {
		fail(c, err)
		return
	}
	out := wire.TokenResponse{
		User: wire.FromSelf(g.User), AccessToken: g.AccessToken, ExpiresIn: int(g.ExpiresIn.Seconds()), RefreshToken: g.RefreshToken,
	}
	if isBrowser(c) {
		out.RefreshToken = ""
		a.setRefreshCookie(c, g.RefreshToken, g.RefreshTTL)
	}
	c.JSON(status, out)
}

func (a *api) setRefreshCookie(c *gin.Context, token string, ttl time.Duration) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure whenever the public address is
		Name: refreshCookie, Value: token, Path: refreshPath, MaxAge: int(ttl.Seconds()),
		HttpOnly: true, Secure: a.config.SecureCookies, SameSite: http.SameSiteStrictMode,
	})
}

func isBrowser(c *gin.Context) bool { return c.GetHeader("X-UIM-Client") == "web" }

// client is who asks to be signed in.
func client(c *gin.Context, deviceName string) auth.Client {
	return auth.Client{Device: device(c, deviceName), IP: clientIP(c)}
}

// device names a session for its owner: what the client says, or its software.
func device(c *gin.Context, name string) string {
	return cmp.Or(auth.DeviceName(name), auth.DeviceName(c.Request.UserAgent()))
}

func (a *api) jwks(c *gin.Context) {
	keys := wire.JWKS{Keys: []wire.JWK{}}
	for _, k := range a.Auth.PublicKeys() {
		keys.Keys = append(keys.Keys, wire.JWK{
			Kty: "OKP", Crv: "Ed25519", X: base64.RawURLEncoding.EncodeToString(k.Key), Kid: k.ID, Use: "sig", Alg: "EdDSA"})
	}
	c.Header("Cache-Control", "public, max-age=300")
	c.JSON(http.StatusOK, keys)
}
