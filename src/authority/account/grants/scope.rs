//! What a scope means, in a sentence that a principal can decide on.

use alloc::{format, string::String};

/// The scopes of the registry (Grantex section 3), and what they let an agent do.
const REGISTRY: [(&str, &str); 13] = [
    ("calendar:read", "See your calendar and its events"),
    (
        "calendar:write",
        "Add, change and delete events in your calendar",
    ),
    ("email:read", "Read your e-mail"),
    ("email:send", "Send e-mail in your name"),
    ("email:delete", "Delete your e-mail"),
    ("files:read", "See your files and what is in them"),
    ("files:write", "Add, change and delete your files"),
    ("payments:read", "See your payments and balances"),
    (
        "payments:initiate",
        "Pay with your money, without a limit for one payment",
    ),
    (
        "profile:read",
        "See your name, picture and other details of your profile",
    ),
    ("profile:write", "Change your profile"),
    ("contacts:read", "See your contacts"),
    ("contacts:write", "Add, change and delete your contacts"),
];

/// A limit on each payment is part of the scope itself.
const LIMITED_PAYMENT: &str = "payments:initiate:max_";

/// The sentence for a scope. One that the registry lacks is named as it is, so that nobody
/// reads more, or less, into it than is there.
#[must_use]
pub fn sentence(scope: &str) -> String {
    registered(scope)
        .unwrap_or_else(|| format!("Use \u{201c}{scope}\u{201d}, which the developer defines"))
}

fn registered(scope: &str) -> Option<String> {
    if let Some((_, sentence)) = REGISTRY.iter().find(|(known, _)| *known == scope) {
        return Some((*sentence).into());
    }
    let most = scope.strip_prefix(LIMITED_PAYMENT)?;
    let is_number = !most.is_empty() && most.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("Pay with your money, up to {most} in one payment"))
}

/// What an agent with these scopes is not able to do, of what people fear most. Nothing is
/// promised beside a scope that the registry lacks: it may mean anything.
#[must_use]
pub fn out_of_reach(scopes: &[String]) -> alloc::vec::Vec<&'static str> {
    if scopes.iter().any(|scope| registered(scope).is_none()) {
        return alloc::vec::Vec::new();
    }
    let families = [
        ("payments:initiate", "It cannot pay with your money"),
        ("email:send", "It cannot send e-mail in your name"),
        ("email:delete", "It cannot delete your e-mail"),
        ("files:write", "It cannot change or delete your files"),
        ("calendar:write", "It cannot change your calendar"),
    ];
    let is_granted = |family: &str| {
        scopes
            .iter()
            .any(|scope| scope == family || scope.starts_with(family))
    };
    let withheld = families
        .into_iter()
        .filter(|(family, _)| !is_granted(family));
    withheld.map(|(_, sentence)| sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_scopes_have_sentences_and_unknown_ones_are_named() {
        assert_eq!(
            sentence("calendar:read"),
            "See your calendar and its events"
        );
        assert_eq!(
            sentence("payments:initiate:max_500"),
            "Pay with your money, up to 500 in one payment"
        );
        for odd in [
            "payments:initiate:max_",
            "payments:initiate:max_5x",
            "orders:read",
        ] {
            assert!(sentence(odd).contains(odd), "{odd}");
        }
    }

    #[test]
    fn what_is_granted_is_not_out_of_reach() {
        let scopes = ["payments:initiate:max_5".into(), "email:read".into()];
        let withheld = out_of_reach(&scopes);
        assert!(!withheld.contains(&"It cannot pay with your money"));
        assert!(withheld.contains(&"It cannot send e-mail in your name"));
        for wide in ["*", "email:*", "admin"] {
            assert_eq!(out_of_reach(&["email:read".into(), wide.into()]), [""; 0]);
        }
    }
}
