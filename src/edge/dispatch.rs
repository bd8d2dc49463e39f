//! From a message of the host to the rule that answers it.

use alloc::{format, string::String, vec::Vec};
use core::cell::RefCell;

use super::wire::{Input, OpenedKey, Output, Reply, Work, errand, open_keys};
use crate::{
    authority::{
        Fault, Halt, Outcome, Place, PublicKeyring, Settings, Timestamp, World,
        account::{self, Account},
        bytes::Bytes,
        call::Call,
        decode,
        directory::{self, Directory},
        keyring::{self, HostKeyring, Keyring, STALENESS},
        limits::{self, Limit},
        mailbox::{self, Mailbox},
        migration::{Migration, migrate, version},
        refusal::{MalformedBody, Refusal},
        store::{Store, Unopened},
    },
    doors::{DOORS, Door, Handler, Matched, Request, Response, Route, find},
};

/// What an instance knows between two runs: nothing that a place could miss.
#[derive(Default)]
pub struct Host {
    settings: Option<Settings>,
    keyring: Option<(PublicKeyring, Timestamp)>,
    memory: RefCell<limits::Memory>,
}

impl Host {
    /// Takes this deployment's settings.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] when the bytes are something else.
    pub fn configure(&mut self, settings: &[u8]) -> Outcome<()> {
        self.settings = Some(decode(settings)?);
        Ok(())
    }

    /// Takes the reply of the keyring, as old as `fetched_at` says, for [`STALENESS`], and
    /// returns the private keys for the host to import.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] when the bytes are something else, or sealed with another secret.
    pub fn install_keyring(
        &mut self,
        keyring: &[u8],
        fetched_at: Timestamp,
    ) -> Outcome<Vec<OpenedKey>> {
        let keyring: HostKeyring = decode(keyring)?;
        let opened = open_keys(&keyring, self.settings()?)?;
        self.keyring = Some((keyring.public, fetched_at.plus(STALENESS)));
        Ok(opened)
    }

    /// One run. What callers are not told of a fault goes to `log`.
    pub fn step(&self, input: &[u8], store: &dyn Store, log: &mut dyn FnMut(&str)) -> Output {
        let outcome = decode::<Input>(input).and_then(|input| self.run(input, store, log));
        outcome.unwrap_or_else(|halt| Output {
            commit: false,
            wake_at: None,
            reply: match halt {
                Halt::Needs(need) => {
                    errand(*need).unwrap_or_else(|fault| Reply::Failed(describe(&fault)))
                }
                Halt::Fault(fault) => Reply::Failed(describe(&fault)),
                Halt::Refused(refusal) => Reply::Answer(Err(refusal)),
            },
        })
    }

    fn settings(&self) -> Result<&Settings, Fault> {
        self.settings
            .as_ref()
            .ok_or(Fault::Unconfigured("settings"))
    }

    fn run(&self, input: Input, store: &dyn Store, log: &mut dyn FnMut(&str)) -> Outcome<Output> {
        let keyring = match &self.keyring {
            Some((keyring, valid_until)) if *valid_until > input.now => Some(keyring),
            _ => None,
        };
        let provided = input.provided;
        let world = World::new(input.now, input.seed, self.settings()?, keyring, &provided)
            .with_limits(&self.memory);
        // A place without tables is nobody's: somebody may have made up its name. It gets them if
        // this is what opens it.
        let fresh = place_of(&input.work).filter(|_| input.fresh);
        let known = fresh.is_none() || version(store)? > 0;
        let open = known || opens(&input.work);
        let store = if open { store } else { &Unopened };
        if let Some(place) = fresh.filter(|_| open) {
            migrate(store, migrations(place))?;
        }
        let id = input.id;
        let (reply, commit) = match input.work {
            Work::Front(request) => {
                let request = Request { id, ..request };
                let reply = match front(&world, request, log)? {
                    Reply::Respond(response) => Reply::Respond(response.guarded(world.settings)),
                    other => other,
                };
                (reply, true)
            }
            Work::Apology(request) => {
                let response = apology(Request { id, ..request });
                (Reply::Respond(response.guarded(world.settings)), false)
            }
            Work::HandedOver(place, request) => {
                let request = Request { id, ..request };
                let (response, end) = handed_over(place, store, &world, request, log)?;
                let commit = match end {
                    End::Answered => open,
                    End::Refused => known,
                    End::Failed => false,
                };
                (Reply::Respond(response.guarded(world.settings)), commit)
            }
            Work::Call(place, call) => match answer(place, store, &world, call) {
                Ok(answer) => (Reply::Answer(Ok(Bytes(answer))), open),
                Err(Halt::Refused(refusal)) => (Reply::Answer(Err(refusal)), known),
                Err(halt) => return Err(halt),
            },
            Work::Alarm(place) => {
                alarm(place, store, &world)?;
                (Reply::Done, true)
            }
            Work::HostKeyring => {
                let keyring = Keyring {
                    store,
                    world: &world,
                };
                (Reply::Keyring(keyring::for_host(&keyring)?), true)
            }
        };
        Ok(Output {
            commit,
            wake_at: world.wake().filter(|_| commit),
            reply,
        })
    }
}

/// Whether a request is to the door that breaks on purpose, whose accounts are nobody's.
fn is_rehearsal(request: &Request) -> bool {
    cfg!(feature = "edge-test") && request.path.starts_with("/rehearsal/")
}

/// Whether a place that has no tables gets them for this.
fn opens(work: &Work) -> bool {
    match work {
        Work::HandedOver(_, request) => is_rehearsal(request),
        Work::Call(Place::Account(_), call) => call.opens_account(),
        _ => true,
    }
}

/// How a route's rule ended.
enum End {
    Answered,
    Refused,
    Failed,
}

fn place_of(work: &Work) -> Option<Place> {
    match work {
        Work::Front(_) | Work::Apology(_) => None,
        Work::HandedOver(place, _) | Work::Call(place, _) | Work::Alarm(place) => Some(*place),
        Work::HostKeyring => Some(Place::Keyring),
    }
}

/// The tables of each kind of place.
fn migrations(place: Place) -> &'static [Migration] {
    match place {
        Place::Account(_) => account::MIGRATIONS,
        Place::Directory(_) => directory::MIGRATIONS,
        Place::Keyring => keyring::MIGRATIONS,
        Place::Mailbox(_) => mailbox::MIGRATIONS,
    }
}

/// What a place says to another's question.
fn answer(place: Place, store: &dyn Store, world: &World<'_>, call: Call) -> Outcome<Vec<u8>> {
    match place {
        Place::Account(id) => account::answer(&Account { id, store, world }, call),
        Place::Keyring => keyring::answer(&Keyring { store, world }, call),
        Place::Directory(_) => directory::answer(&Directory { store, world }, call),
        Place::Mailbox(_) => mailbox::answer(&Mailbox { store, world }, call),
    }
}

/// What a place does when its time has come.
fn alarm(place: Place, store: &dyn Store, world: &World<'_>) -> Outcome<()> {
    match place {
        Place::Account(id) => {
            let account = Account { id, store, world };
            #[cfg(feature = "edge-test")]
            super::rehearsal::alarm(&account)?;
            account::alarm(&account)
        }
        Place::Keyring => keyring::alarm(&Keyring { store, world }),
        Place::Directory(_) => directory::alarm(&Directory { store, world }),
        Place::Mailbox(_) => mailbox::alarm(&Mailbox { store, world }),
    }
}

#[cfg(not(feature = "edge-test"))]
fn doors() -> &'static [&'static Door] {
    DOORS
}

#[cfg(feature = "edge-test")]
fn doors() -> &'static [&'static Door] {
    static WITH_REHEARSAL: std::sync::LazyLock<Vec<&Door>> = std::sync::LazyLock::new(|| {
        core::iter::once(&super::rehearsal::DOOR)
            .chain(DOORS.iter().copied())
            .collect()
    });
    &WITH_REHEARSAL
}

/// Turns away what no route is to see: bodies that are too long, and too many requests from one
/// address.
fn admit(world: &World<'_>, route: &Route, request: &Request) -> Result<(), Refusal> {
    if request.body.len() > Request::BODY_LIMIT {
        let most = Request::BODY_LIMIT;
        return Err(MalformedBody::TooLong { most }.into());
    }
    let address = &request.client.address;
    if world.is_workbench(address) {
        return Ok(());
    }
    let flood = route.flood_limited.then_some(&Limit::ADDRESS_REQUEST);
    let mut limits = [flood, route.limit].into_iter().flatten();
    limits.try_for_each(|limit| world.limit_address(limit, address))
}

/// Finds who answers a request, and answers where it takes no place to.
fn front(world: &World<'_>, mut request: Request, log: &mut dyn FnMut(&str)) -> Outcome<Reply> {
    let (door, route) = match find(doors(), &mut request) {
        Matched::Answer(response) => return Ok(Reply::Respond(response)),
        Matched::Route(door, route) => (door, route),
    };
    if let Err(refusal) = admit(world, route, &request) {
        return Ok(Reply::Respond((door.halted)(&request, &refusal.into())));
    }
    Ok(match route.handler {
        Handler::Front(rule) => {
            let (response, _) = finish(door, &request, rule(world, &request), log)?;
            Reply::Respond(response)
        }
        Handler::Account { locate, .. } => match locate(&request) {
            Ok(account) => Reply::HandOver(Place::Account(account)),
            Err(response) => Reply::Respond(response),
        },
    })
}

/// The door's answer to a request of which an earlier run broke.
fn apology(mut request: Request) -> Response {
    let failure = Fault::Corrupt("a run broke").into();
    match find(doors(), &mut request) {
        Matched::Route(door, _) => (door.halted)(&request, &failure),
        Matched::Answer(response) => response,
    }
}

/// Answers, in an account, a request that [`front`] handed over.
fn handed_over(
    place: Place,
    store: &dyn Store,
    world: &World<'_>,
    mut request: Request,
    log: &mut dyn FnMut(&str),
) -> Outcome<(Response, End)> {
    if let (Place::Account(id), Matched::Route(door, route)) = (place, find(doors(), &mut request))
        && let Handler::Account { handle, .. } = route.handler
    {
        let outcome = handle(&Account { id, store, world }, &request);
        return finish(door, &request, outcome, log);
    }
    Err(Fault::Corrupt("a request was handed over to nobody").into())
}

/// Lets the door say what came of a rule; a need goes on to the host.
fn finish(
    door: &Door,
    request: &Request,
    outcome: Outcome<Response>,
    log: &mut dyn FnMut(&str),
) -> Outcome<(Response, End)> {
    match outcome {
        Ok(response) => Ok((response, End::Answered)),
        Err(Halt::Needs(need)) => Err(Halt::Needs(need)),
        Err(halt) => {
            let end = match &halt {
                Halt::Fault(fault) => {
                    log(&describe(fault));
                    End::Failed
                }
                _ => End::Refused,
            };
            Ok(((door.halted)(request, &halt), end))
        }
    }
}

fn describe(fault: &Fault) -> String {
    format!("{fault:?}")
}
