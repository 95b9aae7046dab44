package org.posthorn.storage.directory;

import org.posthorn.message.MailAddress;

/// A mailing list: an address whose mail goes to members. `id` names it in return paths, for good.
public record MailingList(MailAddress address, String id, ListSettings settings) {
  /// What is behind the address of a list or one that is made of it, such as `team-request`.
  public enum Role {
    /// Posts: `team`.
    POST(""),

    /// Commands and questions: `team-request`.
    REQUEST("request"),
    SUBSCRIBE("subscribe"),
    UNSUBSCRIBE("unsubscribe"),

    /// Who answers a question of ours writes to it: `team-confirm+token`.
    CONFIRM("confirm"),
    APPROVE("approve"),
    REJECT("reject"),

    /// The people who run it: `team-owner`.
    OWNER("owner"),

    /// Bounces that name no member.
    BOUNCES("bounces");

    private final String suffix;

    Role(String suffix) {
      this.suffix = suffix;
    }

    String suffix() {
      return suffix;
    }
  }

  /// The address of a role.
  public MailAddress address(Role role) {
    return role == Role.POST
        ? address
        : new MailAddress(address.localPart() + "-" + role.suffix, address.domain());
  }

  /// The address of a role with a token.
  public MailAddress address(Role role, String token) {
    return new MailAddress(address.localPart() + "-" + role.suffix + "+" + token, address.domain());
  }
}
