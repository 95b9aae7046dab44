package org.posthorn.storage.search;

import java.io.IOException;
import java.io.Reader;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.account.Email;

/// What is indexed of the emails of one account. Used by one thread.
interface Texts {
  /// A text in which something can be found; what lies in two of them is found in none.
  interface Source {
    Reader open() throws IOException;
  }

  /// Of the email that [#prepare] was last called with.
  List<Source> sources(Email email, Area area) throws IOException;

  /// Does what takes long; false when there is nothing to index of this email.
  default boolean prepare(Email email) throws IOException {
    return true;
  }

  /// The number of the accounts that share words; see [Terms#circle].
  int circle();

  /// An email as all others have it that have its content, when this one differs from that by
  /// header lines of its own alone.
  Optional<Email> withoutOwnLines(Email email);

  /// Words by which emails of a kind are counted.
  default List<String> kinds() {
    return List.of();
  }
}
