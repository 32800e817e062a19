package auth

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"software.sslmate.com/src/go-pkcs12"
)

const (
	certificatePath     = "AZURE_CLIENT_CERTIFICATE_PATH"
	certificatePassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD"
)

// fromPKCS12 makes the credential of a certificate file that azidentity cannot read:
// azidentity supports neither the ciphers with which OpenSSL 3 protects a PKCS#12 file (AES,
// and a MAC with SHA-256) nor encrypted keys in PEM. fromPKCS12 reads the former; for
// anything else its error says what is wrong with the file.
func fromPKCS12(o azcore.ClientOptions, noDiscovery bool) (azcore.TokenCredential, error) {
	data, err := os.ReadFile(os.Getenv(certificatePath))
	if err != nil {
		return nil, fmt.Errorf("%s: the file cannot be read: %w", certificatePath, withoutPath(err))
	}
	key, certs, err := keyAndChain(data, os.Getenv(certificatePassword))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", certificatePath, err)
	}
	options := &azidentity.ClientCertificateCredentialOptions{ // the same settings that azidentity reads from the environment
		ClientOptions: o, DisableInstanceDiscovery: noDiscovery,
	}
	if send := os.Getenv("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"); send == "1" || strings.EqualFold(send, "true") {
		options.SendCertificateChain = true
	}
	if tenants := os.Getenv("AZURE_ADDITIONALLY_ALLOWED_TENANTS"); tenants != "" {
		options.AdditionallyAllowedTenants = strings.Split(tenants, ";")
	}
	cred, err := azidentity.NewClientCertificateCredential(os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID"), certs, key, options)
	if err != nil {
		return nil, fmt.Errorf("%s: the key in the file does not belong to the certificate in it", certificatePath)
	}
	return cred, nil
}

// keyAndChain reads a PKCS#12 file, or says why the file cannot be used.
func keyAndChain(data []byte, password string) (*rsa.PrivateKey, []*x509.Certificate, error) {
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return nil, nil, unusablePEM(data, password)
	}
	key, leaf, chain, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return nil, nil, errors.New("the PKCS#12 file has a password: set " + certificatePassword)
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, nil, errors.New("the password in " + certificatePassword + " does not open the PKCS#12 file")
	case err != nil:
		return nil, nil, errors.New("want a PEM or PKCS#12 file with a certificate and its RSA key; this file is neither, " +
			"or is protected in a way that the bot cannot read: export it again (openssl pkcs12 -export -inkey key.pem -in cert.pem -out bot.pfx)")
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, nil, errors.New("the key in the file is not an RSA key, and Entra accepts no other kind: make a certificate with an RSA key")
	}
	return private, append([]*x509.Certificate{leaf}, chain...), nil
}

// unusablePEM says what is wrong with a PEM file that azidentity refused.
func unusablePEM(data []byte, password string) error {
	certs, keys := 0, 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "CERTIFICATE":
			certs++
		case block.Type == "ENCRYPTED PRIVATE KEY", block.Headers["DEK-Info"] != "":
			return errors.New("the key in the PEM file is encrypted, which is not supported for PEM: " +
				"convert it to PKCS#12 (openssl pkcs12 -export -in bot.pem -out bot.pfx), name that file, and put its password into " + certificatePassword)
		case block.Type == "EC PRIVATE KEY":
			return errors.New("the key in the file is not an RSA key, and Entra accepts no other kind: make a certificate with an RSA key")
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			keys++
		}
	}
	switch {
	case certs == 0:
		return errors.New("the PEM file has no certificate in it: want certificate and key in one file (cat cert.pem key.pem > bot.pem)")
	case keys == 0:
		return errors.New("the PEM file has no private key in it: want certificate and key in one file (cat cert.pem key.pem > bot.pem)")
	case keys > 1:
		return errors.New("the PEM file has several private keys in it: want one key and its certificate")
	case password != "":
		return errors.New("the key in the PEM file is not encrypted, and " + certificatePassword + " is set: unset it")
	}
	return errors.New("want a PEM file with a certificate and its own RSA key; one of the two is damaged or of another kind, or they do not belong together")
}
