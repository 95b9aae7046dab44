package org.posthorn.smtp.inbound;

import java.util.List;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// How much a user may send to other servers: a brake for accounts whose password was stolen.
public record SendingLimits(
    /// Recipients elsewhere to whom one user may write in an hour; 0: as many as they like.
    int recipientsPerHour,
    /// Recipients elsewhere to whom one user may write in a day; 0: as many as they like.
    int recipientsPerDay,
    /// Recipients in an hour that there are not, or that other servers refuse, before a user is
    // taken
    // for
    /// a spammer; 0: no matter how many.
    int failuresPerHour,
    /// Users for whom this does not hold: addresses, or `@example.org` for all of a domain.
    List<String> exempt,
    /// Who is told when a user is stopped. Without it: the postmaster, of `smtp.postmaster` or of
    // the
    /// user's domain.
    Optional<String> alarmTo) {
  public SendingLimits {
    exempt = List.copyOf(exempt);
    if (recipientsPerHour < 0 || recipientsPerDay < 0 || failuresPerHour < 0) {
      throw new IllegalArgumentException("limits of sending must be 0 or more");
    }
    for (String one : exempt) {
      boolean known =
          one.startsWith("@")
              ? Domain.parse(one.substring(1)).isPresent()
              : MailAddress.parse(one).isPresent();
      if (!known) {
        throw new IllegalArgumentException(
            "exempt: '" + one + "' is neither an address nor a domain such as @example.org");
      }
    }
    if (alarmTo.isPresent() && MailAddress.parse(alarmTo.get()).isEmpty()) {
      throw new IllegalArgumentException("alarm-to: '" + alarmTo.get() + "' is no address");
    }
  }

  public static SendingLimits defaults() {
    return new SendingLimits(500, 2000, 100, List.of(), Optional.empty());
  }

  boolean exempts(MailAddress login) {
    return exempt.stream()
        .anyMatch(one ->
            one.startsWith("@")
                ? Domain.parse(one.substring(1)).filter(login.domain()::equals).isPresent()
                : MailAddress.parse(one)
                    .filter(address -> address.toString().equalsIgnoreCase(login.toString()))
                    .isPresent());
  }
}
