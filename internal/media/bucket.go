package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A bucket keeps files in an S3-compatible store.
type bucket struct {
	client *s3.Client
	name   string
	prefix string
}

func openBucket(u *url.URL) (place, error) {
	set := u.Query()
	for field := range set {
		if field != "endpoint" && field != "region" {
			return nil, fmt.Errorf("the media setting has an unknown part %q; only endpoint and region can be set", field)
		}
	}
	endpoint, region := set.Get("endpoint"), set.Get("region")
	if u.Host == "" || u.Fragment != "" {
		return nil, fmt.Errorf("the media setting names no bucket; write it as s3://bucket/prefix?region=eu-central-1")
	}
	if e, err := url.Parse(endpoint); endpoint != "" && (err != nil || e.Host == "" || e.Scheme != "https" && e.Scheme != "http" || e.User != nil) {
		return nil, fmt.Errorf("the endpoint %q of the media setting is no address; write it as https://objects.example", endpoint)
	}
	if region == "" && endpoint == "" {
		return nil, fmt.Errorf("the media setting names no region; add ?region=eu-central-1, or ?endpoint=https://objects.example for a store that is not AWS")
	}
	if region == "" {
		region = "us-east-1" // what stores without regions go by
	}
	if _, err := environment(context.Background()); err != nil {
		return nil, err
	}
	options := s3.Options{
		Region:      region,
		Credentials: aws.NewCredentialsCache(aws.CredentialsProviderFunc(environment)),
		// Newer checksums are unknown to many stores; the signature covers the content's SHA-256 anyway.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if endpoint != "" {
		options.BaseEndpoint, options.UsePathStyle = &endpoint, true
	}
	return &bucket{s3.New(options), u.Host, strings.Trim(u.Path, "/")}, nil
}

// environment reads the credentials that AWS's own tools read, too.
func environment(context.Context) (aws.Credentials, error) {
	c := aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: os.Getenv("AWS_SESSION_TOKEN"), Source: "environment",
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return c, errors.New("the credentials for media are missing; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment")
	}
	return c, nil
}

func (b *bucket) key(name string) *string { return aws.String(path.Join(b.prefix, key(name))) }

func (b *bucket) check(ctx context.Context) error {
	if _, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name}); err != nil {
		return fmt.Errorf("the bucket %s for media cannot be used: %w; see that it exists and that the key may list, read and write it", b.name, err)
	}
	return nil
}

func (b *bucket) put(ctx context.Context, name, mimeType string, data []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: b.key(name), Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(len(data))),
		ContentType: &mimeType, CacheControl: aws.String(immutable),
	})
	return err
}

func (b *bucket) open(ctx context.Context, name string) (io.ReadSeekCloser, error) {
	head, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: b.key(name)})
	if answer, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); ok && answer.HTTPStatusCode() == http.StatusNotFound {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	return &object{bucket: b, ctx: ctx, name: name, size: aws.ToInt64(head.ContentLength)}, nil
}

// An object reads a file of a bucket, from wherever it is sought to.
type object struct {
	*bucket
	ctx  context.Context // of the request that is answered from it
	name string
	size int64
	at   int64
	body io.ReadCloser // from at on; nil before the first read
}

func (o *object) Read(p []byte) (int, error) {
	if o.at >= o.size {
		return 0, io.EOF
	}
	if o.body == nil {
		answer, err := o.client.GetObject(o.ctx, &s3.GetObjectInput{Bucket: &o.bucket.name, Key: o.key(o.name), Range: aws.String(fmt.Sprintf("bytes=%d-", o.at))})
		if err != nil {
			return 0, err
		}
		o.body = answer.Body
	}
	n, err := o.body.Read(p)
	o.at += int64(n)
	return n, err
}

func (o *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.at
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	if offset == o.at {
		return offset, nil
	}
	err := o.Close()
	o.at, o.body = offset, nil
	return offset, err
}

func (o *object) Close() error {
	if o.body == nil {
		return nil
	}
	return o.body.Close()
}
