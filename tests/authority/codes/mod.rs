//! Codes through the Anexus door: login check, issue, redeem; every refusal and its order.

use countersign::{
    authority::{
        AccountId, Algorithm, Place,
        account::{
            audit,
            code::{CodeFate, history},
            permission,
            platform_key::{
                self, CreatedPlatformKey, NewPlatformKey, list, revoke, set_require_signature,
            },
        },
        across::SignedIn,
    },
    code::{self, CodeExpectations},
    doors::{
        Method::{Delete, Get, Post},
        Response,
    },
    jose::import_jwks,
    mac::sign_request,
};
use serde_json::{Value, json as value};

use crate::{
    anexus::{anexus, answer, json},
    house::{House, Mischief},
    people::join,
};

const VERIFY: &str = "/api/v1/codes/verify";
const GENERATE: &str = "/api/v1/codes/generate";
const CHECK: &str = "/api/v1/session/check";

mod issue;
mod lost_answer;
mod platform;
mod redeem;
mod request_signature;

/// A person with something to give, and a platform with a key.
struct Scene {
    house: House,
    ada: SignedIn,
    shop: SignedIn,
    key: CreatedPlatformKey,
}

impl Scene {
    fn new() -> Self {
        let house = House::new(1);
        let (ada, shop) = (join(&house, "ada"), join(&house, "shop-owner"));
        let key = new_key(&house, &shop, "shopify", true);
        house
            .account(ada.account, |account| {
                permission::set(account, "shopify", &["read_orders".into(), "manage".into()])
            })
            .unwrap();
        Self {
            house,
            ada,
            shop,
            key,
        }
    }

    fn code(&self, target: &str) -> String {
        let answer = json(&self.generate(target));
        answer["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .into()
    }

    fn generate(&self, target: &str) -> Response {
        answer(
            &self.house,
            anexus(
                Post,
                GENERATE,
                &value!({ "target": target }).to_string(),
                &[("x-session-token", &self.ada.session_token)],
            ),
        )
    }

    fn verify(&self, body: &Value, headers: &[(&str, &str)]) -> (u16, Value) {
        let response = answer(
            &self.house,
            anexus(Post, VERIFY, &body.to_string(), headers),
        );
        (response.status, json(&response))
    }

    fn redeem(&self, code: &str) -> (u16, Value) {
        self.verify(&value!({ "code": code, "api_key": self.key.api_key }), &[])
    }

    fn signed(&self, code: &str, timestamp: i64) -> Value {
        let secret = self.key.api_secret.as_ref().unwrap();
        let timestamp = u64::try_from(timestamp).unwrap();
        value!({
            "code": code,
            "api_key": self.key.api_key,
            "timestamp": timestamp.to_string(),
            "signature": sign_request(secret, "POST", VERIFY, timestamp),
        })
    }

    fn log(&self, who: &SignedIn) -> Vec<(String, String)> {
        self.house
            .account(who.account, |account| audit::page(account, None, 200))
            .unwrap()
            .into_iter()
            .map(|entry| (entry.kind, entry.detail))
            .collect()
    }
}

fn new_key(house: &House, owner: &SignedIn, target: &str, with_secret: bool) -> CreatedPlatformKey {
    house
        .account(owner.account, |account| {
            platform_key::create(
                account,
                NewPlatformKey {
                    target,
                    label: "test",
                    with_secret,
                    require_signature: false,
                },
            )
        })
        .unwrap()
}

/// Whether the account that nobody has is still nobody's.
fn nobody(house: &House) -> bool {
    let place = Place::Account(AccountId::parse("0123456789abcdef").unwrap());
    house
        .rows(place, "SELECT name FROM sqlite_master")
        .is_empty()
}

/// From now on the answer to the question of this number is lost, and nobody asks again.
fn lose_answer(house: &House, number: u32) {
    let mut left = number;
    house.mischief(0, move |_, _| {
        left = left.wrapping_sub(1);
        if left == 0 {
            Mischief::LoseAnswer
        } else {
            Mischief::None
        }
    });
}

fn spent_or_expired(answer: &(u16, Value)) -> bool {
    answer.1["verified"] == false && answer.1["error"] == "Code expired or already used"
}
