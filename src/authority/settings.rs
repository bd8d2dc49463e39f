//! What a deployment decides.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::mac::HmacSha256Key;

/// A deployment's settings, from its bindings and secrets.
#[derive(Clone, Serialize, Deserialize)]
pub struct Settings {
    /// Scheme, host and port under which people and clients reach us, without a trailing
    /// slash: `https://auth.example.com`.
    pub public_origin: String,
    /// 32 random bytes from which the keys that encrypt stored secrets are derived.
    pub master_secret: [u8; 32],
    /// The one before, while what was encrypted under it is being renewed.
    pub previous_master_secret: Option<[u8; 32]>,
    /// Lets loopback through where only public addresses may go, shows mail on a page
    /// instead of sending it, and says so on every page.
    pub development: bool,
    /// Who carries mail.
    pub mail: Option<MailPort>,
    /// What the operator's requests carry as `Authorization: Bearer`; without it there is no
    /// operator's door.
    pub operator_token: Option<String>,
}

impl Settings {
    /// The key for one purpose, derived from the master secret: two purposes share no key.
    #[must_use]
    pub fn derived_key(&self, purpose: &str) -> [u8; 32] {
        HmacSha256Key::new(&self.master_secret).authenticate(&[
            b"countersign key\0",
            purpose.as_bytes(),
            &[1],
        ])
    }
}

/// A mail provider's HTTP API.
#[derive(Clone, Serialize, Deserialize)]
pub struct MailPort {
    /// Takes `POST` with a JSON body `{from, to, subject, text}`.
    pub endpoint: String,
    /// Sent as `Authorization: Bearer`.
    pub token: String,
    /// The sender's address.
    pub from: String,
}
