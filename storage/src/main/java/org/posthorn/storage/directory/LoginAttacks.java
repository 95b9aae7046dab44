package org.posthorn.storage.directory;

import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.storage.directory.LoginAttack.Tries;

/// What whoever runs the server sees of those who guess passwords, and how they let somebody in
/// again who was only wrong. Safe for use by many threads.
public final class LoginAttacks {
  private static final Comparator<LoginAttack> MOST_FIRST =
      Comparator.comparingInt((LoginAttack attack) -> count(attack.sum()))
          .reversed()
          .thenComparing(LoginAttack::network);

  private final BackOff backOff;
  private final BackOffSaver saver;
  private final Guesses guesses;
  private final Instant since;

  LoginAttacks(BackOff backOff, BackOffSaver saver, Guesses guesses, InstantSource clock) {
    this.backOff = backOff;
    this.saver = saver;
    this.guesses = guesses;
    this.since = clock.instant();
  }

  /// All that is known, from `since` on. `unnamed` networks have to wait too, but since before
  /// that, or so many others came after them that only their digests are left.
  public record Overview(Instant since, List<LoginAttack> attacks, int unnamed) {}

  /// Whoever has tried most comes first.
  public Overview overview() {
    Map<Long, BackOff.Wait> waits = new HashMap<>(backOff.waits());
    List<LoginAttack> attacks = new ArrayList<>();
    guesses
        .all()
        .forEach((network, attack) -> {
          BackOff.Wait wait = waits.remove(backOff.network(network));
          if (wait != null) {
            attacks.add(attack.waiting(wait));
          } else if (!attack.isForgotten()) {
            attacks.add(attack);
          }
        });
    attacks.sort(MOST_FIRST);
    return new Overview(since, List.copyOf(attacks), waits.size());
  }

  private static int count(Tries tries) {
    return tries.wrong() + tries.refused();
  }

  /// From the network of this address, if anything is known; its wait is, whenever it began.
  public Optional<LoginAttack> from(InetAddress address) {
    var network = Network.of(address);
    Optional<LoginAttack> attack = Optional.ofNullable(guesses.all().get(network));
    return Optional.ofNullable(backOff.waits().get(backOff.network(network)))
        .map(wait -> attack.orElseGet(() -> LoginAttack.unknown(network)).waiting(wait))
        .or(() -> attack.filter(known -> !known.isForgotten()));
  }

  /// How the network of an address is written.
  public static String network(InetAddress address) {
    return Network.of(address).toString();
  }

  /// From how many networks somebody has to wait now.
  public int waiting() {
    return backOff.waits().size();
  }

  /// `networks` are those from which the user has tried and still has to wait, since everybody
  /// there has to.
  public record Forgiven(boolean waited, List<String> networks) {}

  /// Lets in whoever comes from the network of this address and knows the password, and forgets
  /// what was tried there. False: nobody had to wait.
  public boolean forgive(InetAddress address) {
    boolean waited = backOff.forgive(address);
    guesses.forget(Network.of(address));
    saver.save();
    return waited;
  }

  /// Lets a user in who knows the password, but where everybody has to wait, and forgets what was
  /// tried as that user.
  public Forgiven forgive(User user) {
    String login = user.login().toString();
    List<String> networks =
        overview().attacks().stream()
            .filter(attack -> attack.logins().containsKey(login))
            .filter(attack -> attack.everybodyUntil().isPresent())
            .map(LoginAttack::network)
            .toList();
    boolean waited = backOff.forgive(login);
    guesses.forget(user);
    saver.save();
    return new Forgiven(waited, networks);
  }
}
