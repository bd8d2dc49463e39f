//! An API behind axum: `GET /events` needs a grant with the scope `calendar:read`.
//!
//! The core does no I/O, so fetching is the service's own: keys once, lists when a token
//! names one and the last copy is older than it may be. What cannot be told is refused. (For
//! an issuer on https, give `ureq` its `rustls` feature; a service that runs for long also
//! fetches the keys again where one is unknown.)

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header::{AUTHORIZATION, WWW_AUTHENTICATE}};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::get};
use countersign::grant::{
    GrantClaims, GrantExpectations, Revocation, StatusListToken, verify_grant_token,
};
use countersign::jose::{KeySet, Reason, import_jwks};

/// A list, and when it was asked for.
type Fetched = (StatusListToken, i64);

struct Guard {
    issuer: String,
    developer: Option<String>,
    keys: KeySet,
    lists: Mutex<HashMap<String, Arc<Fetched>>>,
}

enum Denied {
    Nothing,
    Invalid,
    Scope,
    Unavailable,
}

impl IntoResponse for Denied {
    /// RFC 6750 section 3.
    fn into_response(self) -> Response {
        let (status, challenge) = match self {
            Self::Nothing => (StatusCode::UNAUTHORIZED, "Bearer"),
            Self::Invalid => (StatusCode::UNAUTHORIZED, r#"Bearer error="invalid_token""#),
            Self::Scope => (
                StatusCode::FORBIDDEN,
                r#"Bearer error="insufficient_scope""#,
            ),
            Self::Unavailable => {
                return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "5")]).into_response();
            }
        };
        (status, [(WWW_AUTHENTICATE, challenge)]).into_response()
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().cast_signed())
}

fn fetch(url: &str) -> Result<String, ureq::Error> {
    ureq::get(url).call()?.body_mut().read_to_string()
}

impl Guard {
    fn new(issuer: String, developer: Option<String>) -> Result<Self, Box<dyn std::error::Error>> {
        let jwks = fetch(&format!("{issuer}/.well-known/jwks.json"))?;
        let keys = import_jwks(jwks.as_bytes())?;
        Ok(Self {
            issuer,
            developer,
            keys,
            lists: Mutex::default(),
        })
    }

    fn check(&self, headers: &HeaderMap, scopes: &[&str]) -> Result<GrantClaims, Denied> {
        let header = headers.get(AUTHORIZATION).ok_or(Denied::Nothing)?;
        // RFC 9110 section 11.1: the scheme's name in any case.
        let token = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
            .map(|(_, token)| token);
        let developer = self.developer.as_deref();
        let expect = GrantExpectations {
            issuer: &self.issuer,
            audiences: &[],
            developers: developer.as_slice(),
            required_scopes: scopes,
            now: now(),
            clock_tolerance: 2,
            untyped: false,
        };
        let token = token.ok_or(Denied::Nothing)?;
        let claims =
            verify_grant_token(token.as_bytes(), &self.keys, &expect).map_err(|refusal| {
                match refusal.reason {
                    Reason::ScopeMissing => Denied::Scope,
                    _ => Denied::Invalid,
                }
            })?;
        match self.revocation(&claims)? {
            Revocation::Valid => Ok(claims),
            Revocation::Revoked => Err(Denied::Invalid),
            Revocation::Unknown => Err(Denied::Unavailable),
        }
    }

    fn revocation(&self, claims: &GrantClaims) -> Result<Revocation, Denied> {
        let status = claims.status.as_ref().ok_or(Denied::Invalid)?;
        // A token does not decide whom this service asks.
        if !status.uri.starts_with(&format!("{}/status/", self.issuer)) {
            return Err(Denied::Invalid);
        }
        let said = |(list, at): &Fetched| {
            list.revocation_of(status, *at, now())
                .map_err(|_| Denied::Invalid)
        };
        let kept = self
            .lists
            .lock()
            .ok()
            .and_then(|lists| lists.get(&status.uri).cloned());
        if let Some(kept) = kept {
            match said(&kept)? {
                Revocation::Unknown => {}
                known => return Ok(known),
            }
        }
        let at = now();
        let text = fetch(&status.uri).map_err(|_| Denied::Unavailable)?;
        let list = StatusListToken::verify(
            text.as_bytes(),
            &self.keys,
            &self.issuer,
            &status.uri,
            at,
            2,
        )
        .map_err(|_| Denied::Unavailable)?;
        let fetched = Arc::new((list, at));
        if let Ok(mut lists) = self.lists.lock() {
            lists.insert(status.uri.clone(), fetched.clone());
        }
        said(&fetched)
    }
}

async fn events(State(guard): State<Arc<Guard>>, headers: HeaderMap) -> Result<Response, Denied> {
    // Fetching waits, so it does so where that holds nobody up.
    let checked = tokio::task::spawn_blocking(move || guard.check(&headers, &["calendar:read"]));
    let grant = checked.await.map_err(|_| Denied::Unavailable)??;
    Ok(
        Json(serde_json::json!({ "events": [], "of": grant.principal, "by": grant.agent }))
            .into_response(),
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let variable =
        |name: &str, otherwise: &str| std::env::var(name).unwrap_or(otherwise.to_owned());
    let issuer = variable("ISSUER", "http://localhost:8787/grantex");
    let guard = Guard::new(issuer, std::env::var("DEVELOPER").ok())?;
    let listener =
        tokio::net::TcpListener::bind(("127.0.0.1", variable("PORT", "3000").parse()?)).await?;
    println!("http://{}/events", listener.local_addr()?);
    let app = Router::new()
        .route("/events", get(events))
        .with_state(Arc::new(guard));
    Ok(axum::serve(listener, app).await?)
}
