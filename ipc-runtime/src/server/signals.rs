//! A server that ends when its process is told to, so that it cleans up.

use crate::Error;
use crate::sys::signals;

use super::Server;

impl Server {
    /// Makes [`Server::run`] return when the process is told to end, as a [`Handle`](super::Handle)
    /// would: so that the server is dropped, and its endpoint file removed. Does not block.
    ///
    /// On Unix that is what SIGINT, SIGTERM and SIGHUP say, unless they are ignored already, as
    /// `nohup` has them be; handlers of theirs that were there are replaced. On Windows it is what
    /// the console says: ctrl-c, ctrl-break, that it is closed, that the user logs off, that the
    /// system shuts down; in the last three cases the system ends the process after 5 seconds.
    ///
    /// The signal makes nobody hurry: the call that is being served comes to its end first. A
    /// second signal of the same kind does what it always did, which is to kill. Where several
    /// servers of one process have asked for it, all of them end.
    ///
    /// Who drives the server by [`Server::poll`] is told by
    /// [`Handle::is_stopped`](super::Handle::is_stopped).
    ///
    /// ```no_run
    /// # fn main() -> Result<(), ipc_runtime::Error> {
    /// let mut server = ipc_runtime::Server::publish("reloaded")?;
    /// server.stop_on_signals()?;
    /// server.run()
    /// // Here the server is dropped, and the endpoint file goes.
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Poll`] when the operating system refuses what that takes.
    pub fn stop_on_signals(&mut self) -> Result<(), Error> {
        #[cfg(unix)]
        unix::watch(self)?;
        #[cfg(windows)]
        {
            let shared = std::sync::Arc::downgrade(&self.handle()?.shared);
            let tell = Box::new(move || match shared.upgrade() {
                Some(shared) => {
                    super::Handle { shared }.stop();
                    true
                }
                None => false,
            });
            signals::catch(tell).map_err(Error::Poll)?;
        }
        Ok(())
    }
}

#[cfg(unix)]
mod unix {
    use mio::Interest;
    use mio::net::UnixStream;

    use super::signals;
    use crate::Error;
    use crate::server::clients::Clients;
    use crate::server::later::{self, Hooks};
    use crate::server::{Server, WAKER, poll_error};

    /// As those of a server that sends later, and looks for signals besides: so that servers which
    /// do not care have nothing of it in their loops.
    const HOOKS: Hooks = Hooks { deliver, ..later::HOOKS };

    fn deliver(clients: &mut Clients) {
        let post = later::post_of(&mut clients.shared.post);
        if let Some(look) = post.and_then(|post| post.more().signals().as_mut()) {
            look();
        }
        later::deliver(clients);
    }

    pub(super) fn watch(server: &mut Server) -> Result<(), Error> {
        let handle = server.handle()?;
        // Before they are caught: one that comes at once is not missed.
        let mut seen = signals::came();
        let mut stream = UnixStream::from_std(signals::catch().map_err(poll_error)?);
        let registry = server.state.poll.registry();
        registry.register(&mut stream, WAKER, Interest::READABLE).map_err(poll_error)?;
        if let Some(post) = server.post()? {
            *post.more().signals() = Some(Box::new(move || {
                // It gets the loop out of its waiting, and is never read.
                let _stream = &stream;
                let came = signals::came();
                if came != seen {
                    seen = came;
                    handle.stop();
                }
            }));
        }
        server.state.clients.shared.hooks = Some(&HOOKS);
        Ok(())
    }
}
