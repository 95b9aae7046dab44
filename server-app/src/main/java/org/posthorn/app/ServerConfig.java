package org.posthorn.app;

import java.util.Map;
import java.util.Optional;
import org.posthorn.app.dmarc.DmarcReportsConfig;
import org.posthorn.app.log.LogConfig;
import org.posthorn.app.tls.TlsConfig;
import org.posthorn.app.tlsreport.TlsReportsConfig;
import org.posthorn.app.web.PublicWebConfig;
import org.posthorn.imap.ImapConfig;
import org.posthorn.pop3.Pop3Config;
import org.posthorn.smtp.SmtpConfig;
import org.posthorn.smtp.outbound.OutboundConfig;
import org.posthorn.smtp.outbound.WebConfig;
import org.posthorn.spool.RepositoryConfig;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.spool.returnpath.ForwardingConfig;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.story.StoryConfig;

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
    /// How mail is fetched.
    Pop3Config pop3,
    /// Pages for the world: leaving a mailing list with one click, the policy of MTA-STS, settings
    /// for mail programs.
    PublicWebConfig web,
    /// How mail is worked on and retried while it is under way.
    SpoolConfig spool,
    /// How mail of others is sent on to other servers.
    ForwardingConfig forwarding,
    /// How long mail stays in repositories, by their names, such as `quarantine: {keep: 30d}`.
    Map<String, RepositoryConfig> repositories,
    /// What is written down of each mail, for `posthorn trace`.
    StoryConfig story,
    /// How mail leaves for other servers.
    OutboundConfig outbound,
    /// How mailets, matchers and gates reach web servers.
    WebConfig http,
    /// Reports to other domains about how well connections to their servers were encrypted.
    TlsReportsConfig tlsReports,
    /// Reports to other domains about mail that came in their name.
    DmarcReportsConfig dmarcReports,
    /// A file with the chain: what becomes of mail that was taken. Relative to this file. Without
    /// it a chain counts that delivers and relays; `posthorn config chain` prints it, to begin
    // with.
    /// Taken over by `posthorn reload`.
    Optional<String> chainFile,
    /// A file with the gates: who may hand mail over, and which. Relative to this file. Without it
    /// there is one, which checks who mail from other servers is from (`SenderAuth`). Taken over
    /// by `posthorn reload`.
    Optional<String> gatesFile,
    /// How mail is kept.
    StorageConfig storage,
    /// The server's log.
    LogConfig log) {
  public ServerConfig {
    repositories = Map.copyOf(repositories);
  }

  /// Everything on loopback, on ports that need no privilege.
  public static ServerConfig defaults() {
    return new ServerConfig(
        "localhost",
        TlsConfig.defaults(),
        DefaultPorts.of(SmtpConfig.defaults()),
        DefaultPorts.of(ImapConfig.defaults()),
        DefaultPorts.of(Pop3Config.defaults()),
        PublicWebConfig.defaults(),
        SpoolConfig.defaults(),
        ForwardingConfig.defaults(),
        Map.of(),
        StoryConfig.defaults(),
        OutboundConfig.defaults(),
        WebConfig.defaults(),
        TlsReportsConfig.defaults(),
        DmarcReportsConfig.defaults(),
        Optional.empty(),
        Optional.empty(),
        StorageConfig.defaults(),
        LogConfig.defaults());
  }

  ServerConfig withStorage(StorageConfig other) {
    return new ServerConfig(
        hostname,
        tls,
        smtp,
        imap,
        pop3,
        web,
        spool,
        forwarding,
        repositories,
        story,
        outbound,
        http,
        tlsReports,
        dmarcReports,
        chainFile,
        gatesFile,
        other,
        log);
  }
}
