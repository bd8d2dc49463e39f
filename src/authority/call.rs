//! What one place asks of another.
//!
//! To add a question: its type and its rule in the place that answers it, a line here, a
//! line in that place's `answer`; where it makes an account, one in [`Call::opens_account`].

use alloc::vec::Vec;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    AccountId,
    account::{
        agent, call_history, code,
        grants::{decision, developer},
        mail_link, person, platform_key, sign_in, trust,
    },
    directory::{attempts, device, listing, names},
    keyring::{KeyReport, KeysQuestion, RotateKeys, WithdrawKey},
    mailbox,
    refusal::Refusal,
};

/// A question to a place, with the type of its answer.
pub trait Question: Sized {
    /// What the place says when it does not refuse.
    type Answer: Serialize + DeserializeOwned;
    /// The question as it travels.
    fn into_call(self) -> Call;
}

macro_rules! questions {
    ($($(#[$doc:meta])+ $variant:ident($question:ty) -> $answer:ty,)+) => {
        /// Every question, as it travels. One variant holds one question's type.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Call {
            $($(#[$doc])+ $variant($question),)+
        }

        $(impl Question for $question {
            type Answer = $answer;
            fn into_call(self) -> Call {
                Call::$variant(self)
            }
        })+
    };
}

impl Call {
    /// Whether this may be an account's first question; any other is answered as by nobody where
    /// the account was not opened before.
    #[must_use]
    pub const fn opens_account(&self) -> bool {
        matches!(
            self,
            Self::CreatePerson(_)
                | Self::OpenDeveloper(_)
                | Self::AdmitAgent(_)
                // A decoy's.
                | Self::SignIn(_)
                | Self::IssueMailLink(_)
        )
    }
}

questions! {
    /// To the keyring: which keys there are.
    Keys(KeysQuestion) -> Vec<KeyReport>,
    /// To the keyring: the next keys.
    RotateKeys(RotateKeys) -> Vec<KeyReport>,
    /// To the keyring: this key is not to be believed any more.
    WithdrawKey(WithdrawKey) -> Vec<KeyReport>,
    /// To a directory: keep a name for an account that is being opened.
    ReserveName(names::Reserve) -> (),
    /// To a directory: the account is open, the name is its own.
    ConfirmName(names::Confirm) -> (),
    /// To a directory: the account was not opened after all.
    ReleaseName(names::Release) -> (),
    /// To a directory: whose name is this?
    ResolveName(names::Resolve) -> Option<AccountId>,
    /// To a fresh account: this is your person.
    CreatePerson(person::Create) -> (),
    /// To an account whose names could not be had: forget your person.
    AbandonPerson(person::Abandon) -> (),
    /// To an account: open a session for whoever knows the password.
    SignIn(sign_in::SignIn) -> Result<(), Refusal>,
    /// To an account: issue a sign-in link, and say where to send it.
    IssueMailLink(mail_link::Issue) -> Result<Option<mail_link::Recipient>, Refusal>,
    /// To an account: what would following this link ask for?
    InspectMailLink(mail_link::Inspect) -> mail_link::Offer,
    /// To an account: open a session for whoever holds the link.
    RedeemMailLink(mail_link::Redeem) -> mail_link::Redeemed,
    /// To a fresh account: this is your developer.
    OpenDeveloper(developer::Open) -> developer::Developer,
    /// To an account: who holds this session?
    Identify(person::Identify) -> decision::SignedInPrincipal,
    /// To a developer's account: what does this request ask?
    DescribeRequest(decision::Describe) -> decision::Description,
    /// To a developer's account: this is the principal's decision.
    DecideRequest(decision::Decide) -> decision::Decided,
    /// To a mailbox: send this.
    SendMail(mailbox::Send) -> (),
    /// To a mailbox: what was sent, where mail is shown instead of sent.
    ListMail(mailbox::List) -> Vec<mailbox::Shown>,
    /// To a platform's account: who shows this key?
    AuthenticatePlatform(platform_key::AuthenticatePlatform) -> platform_key::Platform,
    /// To a person's account: spend this code.
    Redeem(code::Redeem) -> code::Granted,
    /// To a fresh account: this is your agent.
    AdmitAgent(agent::AdmitAgent) -> (),
    /// To a person's account: let in the agent that waits, if its person said so.
    ClaimDevice(agent::ClaimDevice) -> agent::Claim,
    /// To an agent's account: who shows this key, and may it say something of another?
    MayTrust(trust::MayTrust) -> trust::Truster,
    /// To an agent's account: somebody says something of it.
    ReceiveTrust(trust::ReceiveTrust) -> trust::Standing,
    /// To an agent's account: keep what it says of another.
    GiveTrust(trust::GiveTrust) -> (),
    /// To an agent's account: a service says that it called.
    RecordCalls(call_history::RecordCalls) -> u32,
    /// To a directory: may this address do this once more?
    CountAttempt(attempts::CountAttempt) -> (),
    /// To a directory: a program waits for a person.
    OpenDevice(device::OpenDevice) -> (),
    /// To a directory: what waits under this user code?
    DescribeDevice(device::DescribeDevice) -> device::DeviceRequest,
    /// To a directory: a person has decided.
    DecideDevice(device::DecideDevice) -> device::DecidedDevice,
    /// To a directory: has somebody decided?
    PollDevice(device::PollDevice) -> device::Poll,
    /// To a directory: list this agent.
    ListAgent(listing::ListAgent) -> (),
    /// To a directory: list this agent no more.
    UnlistAgent(listing::UnlistAgent) -> (),
    /// To a directory: others think differently of this agent now.
    RescoreAgent(listing::RescoreAgent) -> (),
    /// To a directory: who is listed?
    SearchAgents(listing::Search) -> Vec<listing::Listing>,
}
