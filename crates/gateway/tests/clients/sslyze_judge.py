"""sslyze as the judge of the TLS that the gateway speaks: what it accepts, known holes, and Mozilla's "modern" profile.

`SERVER` is the gateway's host and port.
"""

import os

from sslyze import Scanner, ScanCommand, ServerNetworkLocation, ServerScanRequest
from sslyze.mozilla_tls_profile.tls_config_checker import (
    MozillaTlsConfiguration,
    ServerNotCompliantWithTlsConfiguration,
    TlsConfigurationEnum,
    check_server_against_tls_configuration,
)

HOST, PORT = os.environ["SERVER"].rsplit(":", 1)
OLD = ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2"]
# A test's own certificate lasts for as long as it is asked to, and no public authority issued it.
OURS = {"maximum_certificate_lifespan", "certificate_path_validation"}


def scanned():
    scanner = Scanner()
    scanner.queue_scans([ServerScanRequest(ServerNetworkLocation(hostname=HOST, port=int(PORT)))])
    return next(scanner.get_results())


def every_scan_came_to_its_end(found):
    failed = [name.value for name in ScanCommand if getattr(found.scan_result, name.value).error_reason]
    return f"{failed} did not" if failed else None


def nothing_older_than_tls_1_3_is_spoken(found):
    suites = {version: getattr(found.scan_result, f"{version}_cipher_suites").result for version in [*OLD, "tls_1_3"]}
    spoken = [version for version in OLD if suites[version].accepted_cipher_suites]
    return f"{spoken} are" if spoken else None if suites["tls_1_3"].accepted_cipher_suites else "nor is it"


def no_known_hole_is_open(found):
    scan = found.scan_result
    open_ones = {
        "Heartbleed": scan.heartbleed.result.is_vulnerable_to_heartbleed,
        "CCS injection": scan.openssl_ccs_injection.result.is_vulnerable_to_ccs_injection,
        "compression": scan.tls_compression.result.supports_compression,
        "ROBOT": not scan.robot.result.robot_result.name.startswith("NOT_VULNERABLE"),
        "renegotiation": scan.session_renegotiation.result.is_vulnerable_to_client_renegotiation_dos,
        "early data": scan.tls_1_3_early_data.result.supports_early_data,
    }
    found = [name for name, is_open in open_ones.items() if is_open]
    return f"{found} is" if found else None


def it_is_what_mozilla_calls_modern(found):
    try:
        check_server_against_tls_configuration(found, MozillaTlsConfiguration.get(TlsConfigurationEnum.MOZILLA_MODERN))
    except ServerNotCompliantWithTlsConfiguration as error:
        issues = {name: why for name, why in error.issues.items() if name not in OURS}
        return str(issues) if issues else None
    return None


def main():
    found, has_failed = scanned(), False
    for case in [
        every_scan_came_to_its_end,
        nothing_older_than_tls_1_3_is_spoken,
        no_known_hole_is_open,
        it_is_what_mozilla_calls_modern,
    ]:
        why = case(found)
        has_failed |= why is not None
        print(f"FAIL {case.__name__} {why}" if why else f"ok {case.__name__}")
    raise SystemExit(has_failed)


if __name__ == "__main__":
    main()
