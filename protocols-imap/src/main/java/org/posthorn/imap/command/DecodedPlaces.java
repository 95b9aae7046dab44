package org.posthorn.imap.command;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.posthorn.message.ContentId;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;

/// Where in their encoded text the decoded bytes of some parts are, as far as that came out while
/// they were read: so a client that reads a part piece by piece does not have it decoded from its
/// beginning each time. Of the parts that were read last; some kilobytes. Used by one thread.
public final class DecodedPlaces {
  private static final int PARTS_MAX = 4;
  private static final int PLACES_MAX = 128;
  private static final long APART_MIN_BYTES = 64 * 1024;

  private final SequencedMap<Key, OfPart> parts = new LinkedHashMap<>(8, 0.75f, true);

  /// The offsets of a structure depend on the prefix, and that on the email.
  private record Key(AccountId account, long email, ContentId content, long bodyStart) {}

  /// From the byte `decoded` on, the text from `encoded` on is decoded.
  record Place(long decoded, long encoded) {
    static final Place START = new Place(0, 0);
  }

  OfPart of(Account account, Email email, ByteRange body) {
    var key = new Key(account.id(), email.id(), email.content(), body.start());
    OfPart part = parts.computeIfAbsent(key, _ -> new OfPart(body.length()));
    if (parts.size() > PARTS_MAX) {
      parts.pollFirstEntry();
    }
    return part;
  }

  /// Those of one part.
  static final class OfPart {
    private final long apart;
    private long[] decoded = new long[4];
    private long[] encoded = new long[4];
    private int count;
    private Place latest = Place.START;
    private OptionalLong length = OptionalLong.empty();

    OfPart(long encodedBytes) {
      apart = Math.max(APART_MIN_BYTES, encodedBytes / PLACES_MAX);
    }

    /// The last one that is known and not behind the byte `decodedAt`.
    Place before(long decodedAt) {
      int at = count;
      while (at > 0 && decoded[at - 1] > decodedAt) {
        at--;
      }
      Place best = at == 0 ? Place.START : new Place(decoded[at - 1], encoded[at - 1]);
      return latest.decoded() <= decodedAt && latest.decoded() > best.decoded() ? latest : best;
    }

    void add(Place place) {
      latest = place;
      if (place.decoded() - (count == 0 ? 0 : decoded[count - 1]) < apart) {
        return;
      }
      if (count == decoded.length) {
        decoded = Arrays.copyOf(decoded, 2 * count);
        encoded = Arrays.copyOf(encoded, 2 * count);
      }
      decoded[count] = place.decoded();
      encoded[count++] = place.encoded();
    }

    /// How many bytes there are in all, once that is known.
    OptionalLong length() {
      return length;
    }

    void length(long bytes) {
      length = OptionalLong.of(bytes);
    }
  }
}
