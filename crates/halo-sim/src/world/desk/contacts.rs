//! Who calls: clients in proportion to their people and how much help these need.

use crate::rng::Rng;
use crate::times::{EMPTY, Ms};
use crate::world::World;
use crate::world::lifecycle::Party;
use crate::world::ops::ticket::party;

/// See the module.
#[derive(Default)]
pub(super) struct Contacts {
    clients: Vec<Source>,
    /// Contacts of all clients, those of one beside each other.
    users: Vec<i32>,
}

struct Source {
    client: i32,
    /// When it was a client.
    from: Ms,
    to: Ms,
    /// Its contacts among all.
    users: std::ops::Range<usize>,
    /// Weight of all clients up to and with this one.
    upto: u64,
}

impl Contacts {
    pub(super) fn new(world: &World) -> Self {
        let mut contacts = Self::default();
        let mut of_client: Vec<(i32, i32)> = world
            .users
            .live()
            .filter(|user| user.site > 1)
            .filter_map(|user| Some((world.sites.alive(user.site)?.client, user.id)))
            .collect();
        of_client.sort_unstable();
        let mut upto = 0;
        for group in of_client.chunk_by(|one, other| one.0 == other.0) {
            let Some(client) = world.clients.alive(group[0].0) else { continue };
            // Some clients need three times as much help as others.
            let need = Rng::new(world.seed, "need", client.id.unsigned_abs().into()).below(120) + 60;
            upto += u64::try_from(group.len()).unwrap_or_default() * need;
            let start = contacts.users.len();
            contacts.users.extend(group.iter().map(|(_, user)| *user));
            contacts.clients.push(Source {
                client: client.id,
                from: client.created,
                to: if client.left == EMPTY { Ms::MAX } else { client.left },
                users: start..contacts.users.len(),
                upto,
            });
        }
        contacts
    }

    /// A contact who is there at this time.
    pub(super) fn draw(&self, world: &World, at: Ms, rng: &mut Rng) -> Option<Party> {
        (0..20).find_map(|_| {
            let source = self.client(rng)?;
            if (source.from..source.to).contains(&at) { self.of(world, source, at, rng) } else { None }
        })
    }

    /// A contact of this client.
    pub(super) fn draw_of(&self, world: &World, client: i32, at: Ms, rng: &mut Rng) -> Option<Party> {
        let place = self.clients.binary_search_by_key(&client, |source| source.client).ok()?;
        (0..5).find_map(|_| self.of(world, &self.clients[place], at, rng))
    }

    fn client(&self, rng: &mut Rng) -> Option<&Source> {
        let draw = rng.below(self.clients.last()?.upto);
        self.clients.get(self.clients.partition_point(|source| source.upto <= draw))
    }

    fn of(&self, world: &World, source: &Source, at: Ms, rng: &mut Rng) -> Option<Party> {
        let users = &self.users[source.users.clone()];
        // Some people need help far more often than others: the lower of two draws.
        let place = rng.index(users.len()).min(rng.index(users.len() * 2));
        let user = world.users.alive(*users.get(place)?).filter(|user| user.created <= at)?;
        party(world, user.id).filter(|party| party.client == source.client)
    }
}
