package org.posthorn.app;

import java.util.Optional;
import org.posthorn.app.log.LogConfig;
import org.posthorn.app.tls.TlsConfig;
import org.posthorn.imap.ImapConfig;
import org.posthorn.smtp.SmtpConfig;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.spool.chain.ConfigTree;
import org.posthorn.storage.StorageConfig;

/// All of `posthorn.yaml`. Every key may be left out.
public record ServerConfig(
    /// The server's own name: in greetings, `Received:` lines and Message-IDs. A server that sends
    /// mail to others needs one that DNS knows, such as `mail.example.org`.
    String hostname,
    /// The certificates that clients are shown.
    TlsConfig tls,
    /// How mail comes in.
    SmtpConfig smtp,
    /// How mail is read.
    ImapConfig imap,
    /// How mail is worked on and retried while it is under way.
    SpoolConfig spool,
    /// What becomes of mail that was taken: processors, each a list of steps, as in the chain that
    /// counts without this key (`posthorn config chain` prints it). Replaces that chain as a whole.
    /// Taken over by `posthorn reload` for mail that is not in the chain yet.
    Optional<ConfigTree> chain,
    /// How mail is kept.
    StorageConfig storage,
    /// The server's log.
    LogConfig log) {

  /// Everything on loopback, on ports that need no privilege.
  public static ServerConfig defaults() {
    return new ServerConfig(
        "localhost",
        TlsConfig.defaults(),
        DefaultPorts.of(SmtpConfig.defaults()),
        DefaultPorts.of(ImapConfig.defaults()),
        SpoolConfig.defaults(),
        Optional.empty(),
        StorageConfig.defaults(),
        LogConfig.defaults());
  }
}
