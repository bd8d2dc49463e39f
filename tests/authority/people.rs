//! Who lives in the house.

use countersign::authority::{
    AccountId, Client, Place,
    account::{audit, session},
    across::{
        SignedIn,
        sign_in::with_password,
        sign_up::{NewPerson, sign_up},
    },
};

use crate::house::{House, No};

pub const PASSWORD: &str = "correct horse battery";

pub fn person(username: &str) -> NewPerson {
    NewPerson {
        username: username.into(),
        email: format!("{username}@example.com"),
        display_name: username.into(),
        password: PASSWORD.into(),
    }
}

pub fn client() -> Client {
    Client::new("192.0.2.1", "a browser")
}

/// Signs somebody up.
pub fn join(house: &House, username: &str) -> SignedIn {
    let person = person(username);
    house
        .front(|world| sign_up(world, &person, &client()))
        .unwrap()
}

pub fn sign_in(house: &House, login: &str, password: &str) -> Result<SignedIn, No> {
    house.front(|world| with_password(world, login, password, None, &client()))
}

/// Whether this token opens a session.
pub fn is_signed_in(house: &House, signed_in: &SignedIn) -> bool {
    house
        .account(signed_in.account, |account| {
            session::authenticate(account, &signed_in.session_token)
        })
        .is_ok()
}

/// The codes of the account's log, oldest first.
pub fn log(house: &House, account: AccountId) -> Vec<String> {
    let mut entries = house
        .account(account, |account| audit::page(account, None, 200))
        .unwrap();
    entries.reverse();
    entries.into_iter().map(|entry| entry.kind).collect()
}

/// Every row of every directory: kind, name, account, whether confirmed.
pub fn names(house: &House) -> Vec<(String, String, bool)> {
    (0..Place::DIRECTORY_SHARDS)
        .filter(|shard| house.places().contains(&format!("Directory({shard})")))
        .flat_map(|shard| {
            house.rows(
                Place::Directory(shard),
                "SELECT name, account, reserved_until IS NULL FROM names",
            )
        })
        .map(|row| {
            (
                row.text(0).unwrap().to_owned(),
                row.text(1).unwrap().to_owned(),
                row.integer(2).unwrap() == 1,
            )
        })
        .collect()
}
