package org.posthorn.storage.account;

import java.util.EnumSet;
import java.util.Set;

/// What somebody may do with a mailbox (RFC 4314 §2.1). Immutable.
public record Rights(int bits) {
  public static final Rights NONE = new Rights(0);
  public static final Rights ALL = of(EnumSet.allOf(Right.class));

  /// One right, in the order in which rights are written.
  public enum Right {
    LOOKUP('l'),
    READ('r'),
    /// `\Seen`, which everybody has for himself.
    SEEN('s'),
    /// All other flags but `\Deleted`.
    WRITE('w'),
    INSERT('i'),
    POST('p'),
    /// Make mailboxes below.
    CREATE('k'),
    DELETE_MAILBOX('x'),
    /// `\Deleted`.
    DELETE('t'),
    EXPUNGE('e'),
    ADMINISTER('a');

    private final char letter;

    Right(char letter) {
      this.letter = letter;
    }

    private int bit() {
      return 1 << (letter - 'a');
    }
  }

  public static Rights of(Right... rights) {
    return of(Set.of(rights));
  }

  private static Rights of(Set<Right> rights) {
    return new Rights(rights.stream().mapToInt(Right::bit).sum());
  }

  /// The rights of some letters, those of RFC 2086 included: `c` is `kx`, `d` is `et`. Throws
  /// `IllegalArgumentException` for any other.
  public static Rights parse(String letters) {
    Rights rights = NONE;
    for (int i = 0; i < letters.length(); i++) {
      rights = rights.with(ofLetter(letters.charAt(i)));
    }
    return rights;
  }

  private static Rights ofLetter(char letter) {
    return switch (letter) {
      case 'c' -> of(Right.CREATE, Right.DELETE_MAILBOX);
      case 'd' -> of(Right.EXPUNGE, Right.DELETE);
      default -> {
        for (Right right : Right.values()) {
          if (right.letter == letter) {
            yield of(right);
          }
        }
        throw new IllegalArgumentException("There is no right '" + letter + "'");
      }
    };
  }

  public boolean has(Right right) {
    return (bits & right.bit()) != 0;
  }

  public boolean hasAny(Right... rights) {
    return (bits & of(rights).bits) != 0;
  }

  public boolean isEmpty() {
    return bits == 0;
  }

  public Rights with(Rights more) {
    return new Rights(bits | more.bits);
  }

  public Rights without(Rights others) {
    return new Rights(bits & ~others.bits);
  }

  /// The letters, without those of RFC 2086.
  public String letters() {
    var letters = new StringBuilder();
    for (Right right : Right.values()) {
      if (has(right)) {
        letters.append(right.letter);
      }
    }
    return letters.toString();
  }

  /// The letters as clients are told them: with `c` and `d` where a part of them is there (RFC 4314
  /// §2.1.1).
  public String lettersWithOld() {
    return letters()
        + (hasAny(Right.CREATE, Right.DELETE_MAILBOX) ? "c" : "")
        + (hasAny(Right.EXPUNGE, Right.DELETE) ? "d" : "");
  }

  @Override
  public String toString() {
    return letters();
  }
}
