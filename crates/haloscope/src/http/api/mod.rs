//! The operations of the API: one file per resource. A handler takes, checks, asks and answers; rules that a job or the command line
//! needs too live below.

mod audit;
mod connections;
mod deliveries;
mod events;
mod health;
mod links;
mod runs;
mod sample;
mod session;
mod sync;
mod tokens;
mod users;
mod webhook;
mod workspace;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;

type State = axum::extract::State<Arc<App>>;

/// All of them. The guard looks at each by its name: see [`super::permissions`].
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(session::session_get, session::session_start, session::session_end))
        .routes(routes!(session::password_change))
        .routes(routes!(links::link_look))
        .routes(routes!(links::link_use))
        .routes(routes!(users::user_list, users::user_add))
        .routes(routes!(users::user_change, users::user_remove))
        .routes(routes!(users::user_link))
        .routes(routes!(tokens::token_list, tokens::token_add))
        .routes(routes!(tokens::token_remove))
        .routes(routes!(audit::audit_list))
        .routes(routes!(workspace::workspace_get, workspace::workspace_set))
        .routes(routes!(workspace::zone_list))
        .routes(routes!(health::health_get))
        .routes(routes!(connections::permission_needed_list))
        .routes(routes!(connections::connection_list, connections::connection_add))
        .routes(routes!(connections::connection_test))
        .routes(routes!(connections::connection_get, connections::connection_change))
        .routes(routes!(connections::connection_pause))
        .routes(routes!(connections::connection_resume))
        .routes(routes!(events::event_stream))
        .routes(routes!(events::connection_events))
        .routes(routes!(sync::sync_get, sync::sync_start))
        .routes(routes!(sync::verify_start))
        .routes(routes!(runs::run_list))
        .routes(routes!(runs::run_log))
        .routes(routes!(sample::sample_start, sample::sample_remove))
        .routes(routes!(webhook::webhook_get))
        .routes(routes!(webhook::webhook_rotate))
        .routes(routes!(webhook::webhook_create))
        .routes(routes!(webhook::webhook_test))
        .routes(routes!(webhook::webhook_protect))
        .routes(routes!(deliveries::delivery_list))
        .routes(routes!(deliveries::delivery_get))
        .routes(routes!(deliveries::delivery_replay))
        .routes(routes!(deliveries::delivery_replay_failed))
}
