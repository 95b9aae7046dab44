package org.posthorn.app.admin;

import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import org.posthorn.app.tlsreport.DayResult;
import org.posthorn.app.tlsreport.TlsReporter;
import org.posthorn.app.tlsreport.TlsStatistics;
import org.posthorn.message.Domain;
import org.posthorn.smtp.inbound.ReceivedTls;

/// How well connections to other servers, and from them, were encrypted.
final class TlsRoutes {
  private final TlsStatistics statistics;
  private final TlsReporter reporter;
  private final ReceivedTls received;

  TlsRoutes(TlsStatistics statistics, TlsReporter reporter, ReceivedTls received) {
    this.received = received;
    this.statistics = statistics;
    this.reporter = reporter;
  }

  private record FailureView(
      String result,
      Optional<String> server,
      Optional<String> address,
      Optional<String> own,
      String reason,
      long sessions) {}

  private record ResultView(
      String domain,
      String policyDomain,
      String policy,
      List<String> policyLines,
      long successfulSessions,
      long failedSessions,
      List<FailureView> failures,
      Optional<String> report) {}

  private record DayView(String day, List<ResultView> results) {}

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/tls/outcomes",
                "How connections to other servers were encrypted on `?day=2026-11-27` (UTC; today if nothing is said), by domain (`?domain=`, or all), kind of policy and the domain that has published it: successful and failed sessions, what went wrong, and whether the report about it was `sent`, `sent unsigned` or `not wanted`.",
                (request, _) -> AdminAnswer.ok(day(request)))
            .taking("day", "domain"),
        new Route(
                "GET",
                "/tls/received",
                "How mail that was taken on `?day=2026-11-27` (UTC; today if nothing is said) came: by port, version and cipher of TLS (absent: in clear), so many mails.",
                (request, _) -> AdminAnswer.ok(receivedOn(request)))
            .taking("day"));
  }

  private record ReceivedView(String day, List<ReceivedTls.Kind> kinds) {}

  private ReceivedView receivedOn(AdminRequest request) {
    LocalDate day = request.parameter("day").map(TlsRoutes::day).orElseGet(received::today);
    return new ReceivedView(day.toString(), received.of(day));
  }

  private DayView day(AdminRequest request) {
    LocalDate day = request.parameter("day").map(TlsRoutes::day).orElseGet(statistics::today);
    List<TlsStatistics.Result> results =
        request
            .parameter("domain")
            .map(domain -> statistics.of(day, domain(domain)))
            .orElseGet(() -> statistics.of(day));
    return new DayView(day.toString(), results.stream().map(result -> view(day, result)).toList());
  }

  private static LocalDate day(String text) {
    try {
      return LocalDate.parse(text);
    } catch (DateTimeParseException _) {
      throw Declined.badRequest("\"" + text + "\" is no day: write for example 2026-11-27");
    }
  }

  private static String domain(String text) {
    return Domain.parse(text)
        .map(Domain::ascii)
        .orElseThrow(() -> Declined.badRequest("\"" + text + "\" is no domain"));
  }

  private ResultView view(LocalDate date, TlsStatistics.Result result) {
    DayResult day = result.day();
    return new ResultView(
        result.domain(),
        result.policyDomain(),
        result.kind().toString(),
        day.policyLines(),
        day.successes(),
        day.failures(),
        day.kinds().stream().map(TlsRoutes::failure).toList(),
        reporter.fate(date, result.domain()));
  }

  private static FailureView failure(DayResult.Kind kind) {
    return new FailureView(
        kind.result(),
        present(kind.server()),
        present(kind.address()),
        present(kind.own()),
        kind.reason(),
        kind.count());
  }

  private static Optional<String> present(String text) {
    return Optional.of(text).filter(one -> !one.isEmpty());
  }
}
