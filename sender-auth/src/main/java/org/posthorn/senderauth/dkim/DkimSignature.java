package org.posthorn.senderauth.dkim;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.posthorn.message.Domain;

/// What a signature says about itself, believed by nobody yet (RFC 6376 §3.5).
///
/// @param signature `b=`, base64 without white space
/// @param bodyHash `bh=`, the same
/// @param domain `d=`, who takes responsibility
/// @param fields `h=`, names in lower case as often as they were signed
/// @param identity `i=`; `@` and the domain where nothing is said
/// @param bodyBytes `l=`: how much of the body is signed, if not all
/// @param created `t=`, seconds since 1970
/// @param expires `x=`, the same
public record DkimSignature(
    Algorithm algorithm,
    String signature,
    String bodyHash,
    Canonicalization header,
    Canonicalization body,
    Domain domain,
    List<String> fields,
    String identity,
    OptionalLong bodyBytes,
    String selector,
    OptionalLong created,
    OptionalLong expires) {
  private static final Pattern SELECTOR =
      Pattern.compile(
          "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");
  private static final int SELECTOR_MAX = 200;
  private static final int NAME_MAX = 253;
  private static final int BODY_HASH_CHARACTERS = 44;

  /// Nobody has so many fields, and each name is kept for as long as the DNS takes.
  private static final int FIELDS_MAX = 300;

  /// What there may be one of, and what another one on top changes in the eyes of the reader (RFC
  /// 6376 §8.15).
  private static final List<String> SINGLE =
      List.of("from", "sender", "reply-to", "subject", "date", "content-type");

  public DkimSignature {
    fields = List.copyOf(fields);
  }

  /// The value of a field `DKIM-Signature`.
  static DkimSignature read(TagList tags) throws DkimSyntaxException {
    if (!tags.required("v").equals("1")) {
      throw new DkimSyntaxException("v= is not 1");
    }
    List<String> methods = tags.list("q");
    if (!methods.isEmpty() && methods.stream().noneMatch(q -> q.equalsIgnoreCase("dns/txt"))) {
      throw new DkimSyntaxException("its key is not in the DNS");
    }
    Domain domain = domain(tags);
    DkimSignature read = common(tags, domain, identity(tags, domain));
    if (!read.fields.contains("from")) {
      throw new DkimSyntaxException("From is not signed");
    }
    return read;
  }

  /// Without what only DKIM has: `v=`, `q=`, an `i=` that is an identity, and From among the
  /// fields.
  public static DkimSignature readForArc(TagList tags) throws DkimSyntaxException {
    Domain domain = domain(tags);
    return common(tags, domain, "@" + domain);
  }

  private static DkimSignature common(TagList tags, Domain domain, String identity)
      throws DkimSyntaxException {
    Canonicalization.Pair pair = Canonicalization.read(tags.find("c").orElse("simple/simple"));
    OptionalLong created = tags.number("t");
    OptionalLong expires = tags.number("x");
    if (created.isPresent() && expires.isPresent() && expires.getAsLong() < created.getAsLong()) {
      throw new DkimSyntaxException("x= is before t=");
    }
    return new DkimSignature(
        algorithm(tags),
        checked(tags.base64("b"), "b"),
        bodyHash(tags),
        pair.header(),
        pair.body(),
        domain,
        fields(tags),
        identity,
        tags.number("l"),
        selector(tags),
        created,
        expires);
  }

  /// `a=` of a signature or a seal.
  public static Algorithm algorithm(TagList tags) throws DkimSyntaxException {
    return Algorithm.read(tags.required("a"));
  }

  /// `d=` of a signature or a seal.
  public static Domain domain(TagList tags) throws DkimSyntaxException {
    return Domain.parse(tags.required("d"))
        .filter(domain -> !domain.isLiteral() && domain.ascii().indexOf('.') > 0)
        .orElseThrow(() -> new DkimSyntaxException("d= is no domain"));
  }

  /// One or more labels; it becomes part of a name that is looked up, so nothing else may be in it.
  public static String selector(TagList tags) throws DkimSyntaxException {
    String text = tags.required("s");
    String ascii =
        text.chars().allMatch(c -> c < 128)
            ? text.toLowerCase(Locale.ROOT)
            : Domain.parse(text).map(Domain::ascii).orElse("");
    if (!isSelector(ascii)) {
      throw new DkimSyntaxException("s= is no selector");
    }
    return ascii;
  }

  static boolean isSelector(String text) {
    return text.length() <= SELECTOR_MAX && SELECTOR.matcher(text).matches();
  }

  /// Where its key stands in the DNS.
  public String keyName() {
    return selector + "._domainkey." + domain;
  }

  /// What names it among several of one domain (RFC 6008): as much of `b=` as tells them apart.
  public String shortName() {
    return signature.substring(0, Math.min(8, signature.length()));
  }

  private static String identity(TagList tags, Domain domain) throws DkimSyntaxException {
    Optional<String> written = tags.find("i");
    if (written.isEmpty()) {
      return "@" + domain;
    }
    String text = written.get();
    int at = text.lastIndexOf('@');
    Domain own =
        (at < 0 ? Optional.<Domain>empty() : Domain.parse(text.substring(at + 1)))
            .orElseThrow(() -> new DkimSyntaxException("i= has no domain"));
    if (!own.equals(domain) && !own.ascii().endsWith("." + domain.ascii())) {
      throw new DkimSyntaxException("i= is not of the domain in d=");
    }
    return text.substring(0, at + 1) + own;
  }

  /// The domain of `i=`.
  String identityDomain() {
    return identity.substring(identity.lastIndexOf('@') + 1);
  }

  private static List<String> fields(TagList tags) throws DkimSyntaxException {
    tags.required("h");
    List<String> names =
        tags.list("h").stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    if (names.size() > FIELDS_MAX) {
      throw new DkimSyntaxException("h= has more than " + FIELDS_MAX + " names");
    }
    for (String name : names) {
      if (name.isEmpty() || !name.chars().allMatch(c -> c > ' ' && c < 127 && c != ':')) {
        throw new DkimSyntaxException("h= has no names of fields");
      }
    }
    return names;
  }

  private static String bodyHash(TagList tags) throws DkimSyntaxException {
    String text = checked(tags.base64("bh"), "bh");
    if (text.length() != BODY_HASH_CHARACTERS) {
      throw new DkimSyntaxException("bh= is no hash of this kind");
    }
    return text;
  }

  private static String checked(String base64, String tag) throws DkimSyntaxException {
    try {
      Base64.getDecoder().decode(base64);
      return base64;
    } catch (IllegalArgumentException _) {
      throw new DkimSyntaxException(tag + "= is no base64");
    }
  }

  byte[] signatureBytes() {
    return Base64.getDecoder().decode(signature);
  }

  /// Whether this is the body that was signed.
  public boolean isOver(BodyHash body) {
    return body.is(Base64.getDecoder().decode(bodyHash));
  }

  /// Why a reader could see another message than the signed one, though the signature is right;
  /// empty where there is nothing of the kind.
  public Optional<String> unsignedAbove(RawHeader header) {
    for (String name : SINGLE) {
      int signed = Collections.frequency(fields, name);
      if (signed > 0 && header.named(name).size() > signed) {
        return Optional.of("there is another " + name + " field above the signed one");
      }
    }
    return Optional.empty();
  }

  /// Whether the name for its key can be asked at all.
  boolean hasAskableKey() {
    return keyName().getBytes(StandardCharsets.UTF_8).length <= NAME_MAX;
  }
}
