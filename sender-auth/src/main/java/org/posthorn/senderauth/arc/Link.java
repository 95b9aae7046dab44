package org.posthorn.senderauth.arc;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.senderauth.dkim.DkimSignature;
import org.posthorn.senderauth.dkim.DkimSyntaxException;
import org.posthorn.senderauth.dkim.RawField;
import org.posthorn.senderauth.dkim.RawHeader;
import org.posthorn.senderauth.dkim.TagList;

/// One set of a chain: three fields, and what its seal says.
record Link(
    int instance, RawField resultsField, RawField signatureField, RawField sealField, Seal seal) {
  private static final int INSTANCES_MAX = 50;

  /// A chain is signed again and again from its beginning: what is longer than this costs more than
  /// a hint is worth.
  private static final int CHAIN_MAX_CHARACTERS = 256 << 10;

  private static final Pattern INSTANCE =
      Pattern.compile("\\s{0,99}i\\s{0,99}=\\s{0,99}(\\d{1,2})\\s{0,99};");

  /// What a seal says about itself.
  record Seal(
      Algorithm algorithm, String signature, Domain domain, String selector, String status) {
    String keyName() {
      return selector + "._domainkey." + domain;
    }
  }

  /// The chain in order, with everything about its form checked (RFC 8617 §5.2); empty if there is
  /// none.
  static List<Link> chain(RawHeader header) throws DkimSyntaxException {
    List<RawField> results = header.named("arc-authentication-results");
    List<RawField> signatures = header.named("arc-message-signature");
    List<RawField> seals = header.named("arc-seal");
    int count = seals.size();
    if (count == 0 && results.isEmpty() && signatures.isEmpty()) {
      return List.of();
    }
    if (count > INSTANCES_MAX) {
      throw new DkimSyntaxException("more than " + INSTANCES_MAX + " seals");
    }
    if (results.size() != count || signatures.size() != count) {
      throw new DkimSyntaxException("the chain has a gap");
    }
    checkLength(List.of(results, signatures, seals));
    RawField[] resultsOf = byInstance(results);
    RawField[] signatureOf = byInstance(signatures);
    RawField[] sealOf = byInstance(seals);
    List<Link> links = new ArrayList<>();
    for (int i = count; i > 0; i--) {
      Seal seal = seal(TagList.read(sealOf[i - 1].value()));
      checkStatus(i, seal, i == count);
      links.addFirst(new Link(i, resultsOf[i - 1], signatureOf[i - 1], sealOf[i - 1], seal));
    }
    return List.copyOf(links);
  }

  private static void checkLength(List<List<RawField>> fields) throws DkimSyntaxException {
    long length = fields.stream().flatMap(List::stream).mapToLong(RawField::sizeBytes).sum();
    if (length > CHAIN_MAX_CHARACTERS) {
      throw new DkimSyntaxException("the chain is too long to be checked");
    }
  }

  /// Each from 1 on exactly once.
  private static RawField[] byInstance(List<RawField> fields) throws DkimSyntaxException {
    RawField[] ordered = new RawField[fields.size()];
    for (RawField field : fields) {
      Matcher found = INSTANCE.matcher(field.value());
      int instance = found.lookingAt() ? Integer.parseInt(found.group(1)) : instance(field);
      if (instance < 1 || instance > ordered.length || ordered[instance - 1] != null) {
        throw new DkimSyntaxException("the chain has a gap");
      }
      ordered[instance - 1] = field;
    }
    return ordered;
  }

  /// Some write it elsewhere among the tags.
  private static int instance(RawField field) throws DkimSyntaxException {
    if (field.name().equals("arc-authentication-results")) {
      throw new DkimSyntaxException("a field of the chain without its number");
    }
    long number = TagList.read(field.value()).number("i").orElse(0);
    return (int) Math.min(number, INSTANCES_MAX + 1);
  }

  private static Seal seal(TagList tags) throws DkimSyntaxException {
    if (tags.has("h")) {
      throw new DkimSyntaxException("a seal with h=");
    }
    String signature = tags.base64("b");
    try {
      Base64.getDecoder().decode(signature);
    } catch (IllegalArgumentException _) {
      throw new DkimSyntaxException("b= is no base64");
    }
    return new Seal(
        DkimSignature.algorithm(tags),
        signature,
        DkimSignature.domain(tags),
        DkimSignature.selector(tags),
        tags.required("cv"));
  }

  private static void checkStatus(int instance, Seal seal, boolean last)
      throws DkimSyntaxException {
    if (last && seal.status.equals("fail")) {
      throw new DkimSyntaxException("the last sealer says that the chain was broken");
    }
    if (!seal.status.equals(instance == 1 ? "none" : "pass")) {
      throw new DkimSyntaxException("cv= of seal " + instance + " is not right");
    }
  }

  /// What its message signature says.
  DkimSignature messageSignature() throws DkimSyntaxException {
    DkimSignature signature = DkimSignature.readForArc(TagList.read(signatureField.value()));
    if (!signature.fields().contains("from")) {
      throw new DkimSyntaxException("From is not signed");
    }
    // RFC 8617 §4.1.2 wants no field of the chain there; its drafts wanted the results, and who
    // signs them signs no less.
    if (signature.fields().contains("arc-seal")
        || signature.fields().contains("arc-message-signature")) {
      throw new DkimSyntaxException("a message signature over the chain");
    }
    if (signature.bodyBytes().isPresent()) {
      throw new DkimSyntaxException("only the beginning of the body is signed (l=)");
    }
    return signature;
  }

  ArcSet set() {
    String value = resultsField.value();
    return new ArcSet(
        instance,
        seal.domain,
        seal.selector,
        value.substring(value.indexOf(';') + 1).replaceAll("\\r?\\n", "").strip());
  }
}
