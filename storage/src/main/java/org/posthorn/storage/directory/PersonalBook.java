package org.posthorn.storage.directory;

import java.util.function.UnaryOperator;
import org.posthorn.message.Domain;

/// What users and domains want to become of their mail: [Personal]. Look-ups answer from memory;
/// changes are durable when they return. Safe for use by many threads.
public final class PersonalBook {
  /// No account is called so.
  static final String ALL_OF_A_DOMAIN = "@";

  private final Domains domains;

  PersonalBook(Domains domains) {
    this.domains = domains;
  }

  public Personal of(User user) {
    return of(user.login().domain(), user.account().value());
  }

  /// For all of a domain.
  public Personal of(Domain domain) {
    return of(domain, ALL_OF_A_DOMAIN);
  }

  private Personal of(Domain domain, String whose) {
    return domains
        .state(domain)
        .flatMap(state -> state.personal().find(whose))
        .orElse(Personal.NONE);
  }

  public Personal change(User user, UnaryOperator<Personal> edit) {
    return change(user.login().domain(), user.account().value(), edit);
  }

  public Personal change(Domain domain, UnaryOperator<Personal> edit) {
    return change(domain, ALL_OF_A_DOMAIN, edit);
  }

  private Personal change(Domain domain, String whose, UnaryOperator<Personal> edit) {
    return domains.change(
        domain,
        draft -> {
          Personal after = edit.apply(draft.there().personal().find(whose).orElse(Personal.NONE));
          draft.putPersonal(whose, after);
          return after;
        });
  }
}
