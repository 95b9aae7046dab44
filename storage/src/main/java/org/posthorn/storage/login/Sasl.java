package org.posthorn.storage.login;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.storage.directory.LoginCheck;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Mechanism;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.ScramHash;

/// The mechanisms that there are, for all protocols. Safe for use by many threads.
public final class Sasl {
  private static final String PLUS = "-PLUS";
  private static final String OAUTHBEARER = "OAUTHBEARER";
  private static final String EXTERNAL = "EXTERNAL";
  private static final String XOAUTH2 = "XOAUTH2";

  private final LoginCheck check;

  public Sasl(LoginCheck check) {
    this.check = check;
  }

  /// The names of what this client may use, the best first.
  public List<String> offered(Peer peer) {
    List<Mechanism> configured = check.mechanisms();
    var names = new ArrayList<String>();
    if (peer.certificate().isPresent()) {
      names.add(EXTERNAL);
    }
    for (ScramHash hash : List.of(ScramHash.SHA_256, ScramHash.SHA_1)) {
      if (configured.contains(hash.mechanism())) {
        if (ChannelBinding.isOffered(peer)) {
          names.add(name(hash) + PLUS);
        }
        names.add(name(hash));
      }
    }
    if (check.tokens().isPresent()) {
      names.add(OAUTHBEARER);
      names.add(XOAUTH2);
    }
    for (Mechanism mechanism : List.of(Mechanism.PLAIN, Mechanism.LOGIN)) {
      if (configured.contains(mechanism)) {
        names.add(mechanism.name());
      }
    }
    return List.copyOf(names);
  }

  /// Whether a password may be sent as it is, be it by a mechanism or by a command.
  public boolean takesPasswords() {
    return check.mechanisms().contains(Mechanism.PLAIN);
  }

  /// A login by a command that names login and password.
  public LoginResult password(String login, String password, Peer peer) {
    return takesPasswords() ? check.check(login, password, peer) : new LoginResult.Refused();
  }

  /// The exchange of a mechanism, whose name may be in any case; empty when it is not offered.
  public Optional<SaslExchange> begin(String mechanism, Peer peer) {
    String name = mechanism.toUpperCase(Locale.ROOT);
    if (!offered(peer).contains(name)) {
      return Optional.empty();
    }
    return switch (name) {
      case "PLAIN" -> Optional.of(new PlainExchange(check, peer));
      case "LOGIN" -> Optional.of(new LoginExchange(check, peer));
      case "SCRAM-SHA-256", "SCRAM-SHA-1" -> Optional.of(scram(name, false, peer));
      case "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS" -> Optional.of(scram(name, true, peer));
      case EXTERNAL -> Optional.of(new ExternalExchange(check, peer));
      case OAUTHBEARER, XOAUTH2 ->
          check
              .tokens()
              .map(tokens -> new BearerExchange(name.equals(OAUTHBEARER), check, tokens, peer));
      default -> Optional.empty();
    };
  }

  private SaslExchange scram(String name, boolean plus, Peer peer) {
    ScramHash hash = name.startsWith(name(ScramHash.SHA_256)) ? ScramHash.SHA_256 : ScramHash.SHA_1;
    return new ScramExchange(hash, plus, check, peer);
  }

  private static String name(ScramHash hash) {
    return hash == ScramHash.SHA_256 ? "SCRAM-SHA-256" : "SCRAM-SHA-1";
  }
}
