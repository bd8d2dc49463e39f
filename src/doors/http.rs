//! An HTTP request and an HTTP response, as doors see them.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::authority::{self, Settings};

/// An HTTP request, its body read whole. What is longer than [`Request::BODY_LIMIT`] comes as
/// one byte more than that, and is refused before a route sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path without the door's prefix, still percent-encoded, beginning with `/`.
    pub path: String,
    /// The query without its `?`, still percent-encoded; empty when there is none.
    pub query: String,
    /// The headers a door may read (see the host's list), names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(with = "crate::authority::bytes")]
    pub body: Vec<u8>,
    /// Who is at the other end, as the network says.
    pub client: Client,
    /// 16 bytes that name this request in answers and logs. The edge draws them; they do not
    /// travel.
    #[serde(skip)]
    pub id: [u8; 16],
    /// The path's parameters, percent-decoded, in the order of the route's pattern.
    pub parameters: Vec<String>,
}

/// Who is at the other end of the connection, as the network (not the client) says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// IP address; empty when unknown.
    pub address: String,
    /// ISO 3166-1 alpha-2; empty when unknown.
    pub country: String,
    /// ISO 3166-2 region without its country; empty when unknown.
    pub region: String,
}

/// A request method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// `GET`, and `HEAD`, whose body the host drops.
    #[default]
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// Any other.
    Other,
}

/// An HTTP response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(with = "crate::authority::bytes")]
    pub body: Vec<u8>,
}

impl Request {
    /// Longest accepted body in bytes.
    pub const BODY_LIMIT: usize = 1 << 20;

    /// The first header called `name` (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Who is at the other end, as the authority knows clients.
    #[must_use]
    pub fn peer(&self) -> authority::Client {
        let user_agent = self.header("user-agent").unwrap_or_default();
        authority::Client::new(&self.client.address, user_agent)
    }

    /// The route pattern's parameter at `position`.
    #[must_use]
    pub fn parameter(&self, position: usize) -> &str {
        self.parameters.get(position).map_or("", String::as_str)
    }

    /// The credential of `Authorization: Bearer`, the scheme in any case (RFC 9110 section 11.1).
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, credential) = self.header("authorization")?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| credential.trim())
    }

    /// The cookie called `name` (RFC 6265 section 4.2).
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.header("cookie")?
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

impl Response {
    /// A response without a body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same response with a body of this media type.
    #[must_use]
    pub fn with_body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with_header("content-type", media_type)
    }

    /// The same response with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same response with the headers that every response leaves with, unless it set them
    /// itself: no caching, no guessing of its type and, where there is https, nothing but https.
    /// Doors leave these to it.
    #[must_use]
    pub fn guarded(mut self, settings: &Settings) -> Self {
        let mut add = |name: &str, value: &str| {
            if !self.headers.iter().any(|(known, _)| known == name) {
                self.headers.push((name.into(), value.into()));
            }
        };
        add("cache-control", "no-store");
        add("x-content-type-options", "nosniff");
        // RFC 6797 section 7.2: never over plain HTTP.
        if settings.public_origin.starts_with("https://") {
            add(
                "strict-transport-security",
                "max-age=63072000; includeSubDomains",
            );
        }
        self
    }
}
