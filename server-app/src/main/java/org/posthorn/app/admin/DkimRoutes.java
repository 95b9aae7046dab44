package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.dkim.DkimRotation;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.senderauth.dkim.SigningKey;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.keys.DomainKey;

/// The keys by which domains sign their mail.
final class DkimRoutes {
  private static final List<Integer> RSA_BITS = List.of(1024, 2048, 3072, 4096);

  private final DkimRotation rotation;
  private final Directory directory;
  private final Json json;

  DkimRoutes(DkimRotation rotation, Directory directory, Json json) {
    this.rotation = rotation;
    this.directory = directory;
    this.json = json;
  }

  /// `state`: `waiting`, `signing`, `resting` or `spent`; `next` says in words what it waits for.
  private record KeyView(
      String domain,
      String selector,
      String algorithm,
      String state,
      String since,
      String next,
      String name,
      String record) {}

  private record NewKeys(
      @Nullable String selector, @Nullable List<String> algorithms, @Nullable Integer rsaBits) {}

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/dkim",
                "The keys that mail is signed with, all or those of `?domain=`: their state (`waiting`"
                    + " for the DNS, `signing`, `resting` while mail is under way, `spent`), what to do"
                    + " next, and the TXT record of each.",
                (request, _) -> AdminAnswer.ok(list(request)))
            .taking("domain"),
        new Route(
            "POST",
            "/dkim/{domain}",
            "Make keys for a domain: `{\"selector\": \"mail\", \"algorithms\": [\"rsa-sha256\","
                + " \"ed25519-sha256\"], \"rsaBits\": 2048}`, all optional. They sign as soon as"
                + " their records are seen in the DNS.",
            this::create),
        new Route(
            "POST",
            "/dkim/{domain}/rotate",
            "Make new keys beside those that sign. They take over when their records are seen in"
                + " the DNS.",
            (_, path) -> rotate(path)),
        new Route(
            "POST",
            "/dkim/{domain}/look",
            "Look into the DNS now, and not in a few minutes, whether keys may take over or be"
                + " forgotten.",
            (_, path) -> look(path)),
        new Route(
                "DELETE",
                "/dkim/{domain}/{selector}",
                "Forget a key with its secret. One that signs or rests only with `?force=true`.",
                this::delete)
            .takingFlags("force"));
  }

  private List<KeyView> list(AdminRequest request) {
    return views(rotation.list(request.parameter("domain").map(Names::domain)));
  }

  private AdminAnswer create(AdminRequest request, Map<String, String> path) {
    Domain domain = ours(path);
    NewKeys wanted = json.read(request, NewKeys.class);
    List<Algorithm> algorithms = algorithms(wanted);
    int bits = wanted.rsaBits() == null ? 2048 : wanted.rsaBits();
    if (!RSA_BITS.contains(bits)) {
      throw Declined.badRequest("RSA keys have 1024, 2048, 3072 or 4096 bits; 2048 is usual");
    }
    List<DomainKey> made = new ArrayList<>();
    for (Algorithm algorithm : algorithms) {
      Optional<String> selector = selector(wanted.selector(), algorithm, algorithms.size() > 1);
      made.add(
          rotation
              .create(domain, algorithm, selector, bits)
              .orElseThrow(() ->
                  Declined.conflict(
                      "%s has a key %s already: choose another selector"
                          .formatted(domain, selector.orElse("of today")))));
    }
    return AdminAnswer.created(views(made));
  }

  private static List<Algorithm> algorithms(NewKeys wanted) {
    List<String> names = wanted.algorithms();
    if (names == null || names.isEmpty()) {
      return List.of(Algorithm.values());
    }
    try {
      return names.stream().distinct().map(Algorithm::stored).toList();
    } catch (IllegalArgumentException _) {
      throw Declined.badRequest("Algorithms are rsa-sha256 and ed25519-sha256");
    }
  }

  private static Optional<String> selector(
      @Nullable String wanted, Algorithm algorithm, boolean several) {
    Optional<String> selector =
        Optional.ofNullable(wanted).map(text -> several ? text + "-" + algorithm.keyType() : text);
    if (selector.isPresent() && !SigningKey.isSelector(selector.get())) {
      throw Declined.badRequest(
          "\"" + wanted + "\" is no selector: write letters, digits and hyphens, such as mail2026");
    }
    return selector;
  }

  private AdminAnswer rotate(Map<String, String> path) {
    Domain domain = ours(path);
    List<DomainKey> next = rotation.rotate(domain);
    if (next.isEmpty()) {
      throw Declined.notFound(
          domain
              + " signs with no key yet: make one with  posthorn dkim create, or publish the record"
              + " of the one that waits");
    }
    return AdminAnswer.created(views(next));
  }

  private AdminAnswer look(Map<String, String> path) {
    Domain domain = ours(path);
    rotation.look(rotation.list(Optional.of(domain)));
    return AdminAnswer.ok(views(rotation.list(Optional.of(domain))));
  }

  private AdminAnswer delete(AdminRequest request, Map<String, String> path) {
    Domain domain = Names.domain(Names.part(path, "domain"));
    String selector = Names.part(path, "selector");
    DomainKey key =
        rotation.list(Optional.of(domain)).stream()
            .filter(one -> one.selector().equals(selector))
            .findFirst()
            .orElseThrow(() -> Declined.notFound(domain + " has no key " + selector));
    boolean forced = request.flag("force");
    if (!forced
        && (key.state() == DomainKey.State.SIGNING || key.state() == DomainKey.State.RESTING)) {
      throw Declined.conflict(
          "%s: rotate it away first, or say --force"
              .formatted(
                  key.state() == DomainKey.State.SIGNING
                      ? "Mail is signed with " + selector
                      : "Mail that was signed with " + selector + " is still under way"));
    }
    var _ = rotation.delete(domain, selector);
    return AdminAnswer.done();
  }

  private Domain ours(Map<String, String> path) {
    Domain domain = Names.domain(Names.part(path, "domain"));
    if (!directory.isLocal(domain)) {
      throw Declined.notFound(
          "There is no domain " + domain + " here. Add it with  posthorn domain add");
    }
    return domain;
  }

  private List<KeyView> views(List<DomainKey> keys) {
    return keys.stream().map(this::view).toList();
  }

  private KeyView view(DomainKey key) {
    return new KeyView(
        key.domain().ascii(),
        key.selector(),
        key.algorithm(),
        key.state().name().toLowerCase(Locale.ROOT),
        key.since().toString(),
        next(key),
        DkimRotation.recordName(key),
        rotation.record(key).orElse(""));
  }

  private String next(DomainKey key) {
    return switch (key.state()) {
      case WAITING -> "publish its record; it signs as soon as that is seen";
      case SIGNING -> "keep its record";
      case RESTING -> "keep its record until " + rotation.restsUntil(key).toString();
      case SPENT -> "remove its record";
    };
  }
}
