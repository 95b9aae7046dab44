package org.posthorn.app.admin;

import java.util.List;
import java.util.Locale;
import org.posthorn.storage.directory.Mentions;
import org.posthorn.storage.directory.Mentions.Mention;

/// Something is done; `leadNowhere` are the places that name an address which leads nowhere now.
record LooseEnds(boolean done, List<Place> leadNowhere) {
  /// `kind`: `alias`, `catch-all`, `list-moderator`, `list-archive`, `list-member`, `postmaster`.
  record Place(String kind, String where, String address) {
    static Place of(Mention mention) {
      return new Place(
          mention.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
          mention.where(),
          mention.address().toString());
    }
  }

  /// `named`: what was named before.
  static List<Place> places(Mentions mentions, List<Mention> named) {
    return named.stream()
        .filter(mention -> mentions.isDeadEnd(mention.address()))
        .map(Place::of)
        .toList();
  }

  /// The lists that know somebody by an address which leads somewhere still.
  static List<Place> lists(Mentions mentions, List<Mention> named) {
    return named.stream()
        .filter(mention ->
            mention.kind() == Mentions.Kind.LIST_MEMBER
                || mention.kind() == Mentions.Kind.LIST_MODERATOR)
        .filter(mention -> !mentions.isDeadEnd(mention.address()))
        .map(Place::of)
        .toList();
  }

  static AdminAnswer of(Mentions mentions, List<Mention> named) {
    return AdminAnswer.ok(new LooseEnds(true, places(mentions, named)));
  }
}
